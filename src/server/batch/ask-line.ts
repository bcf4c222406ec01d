/** Asks the engine for one line of a batch, as if its caller had sent it, and writes the answer in its API's shape. */

import { makeId } from '../../base/ids.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { writeEmbeddings } from '../../gateway/adapters/embeddings/write-reply.ts'
import type { Answer, AnswerMeta, EmbedAnswer } from '../../gateway/engine/engine-port.ts'
import type { Caller } from '../../protocol/access.ts'
import type { InboundAdapter } from '../../protocol/adapter.ts'
import type { Extension } from '../../protocol/extension.ts'
import type { Fault } from '../../protocol/fault.ts'
import { tenantOf } from '../access/decide.ts'
import { deniedName } from '../access/denied-name.ts'
import { parseEmbeddingsBody } from '../embeddings-endpoint.ts'
import type { RateGate } from '../limits/rate-gate.ts'
import { parseChatBody } from '../read-chat.ts'
import type { ServerParts } from '../server-parts.ts'
import type { BatchEndpoint, BatchLine, LineResult } from './batch-line.ts'
import type { Asked } from './run-lines.ts'

export interface AskParts extends Pick<ServerParts, 'config' | 'engine' | 'inbound' | 'clock'> {
  readonly rates?: RateGate | undefined
}

type Body = Readonly<Record<string, unknown>>

/** What came of a line: a body to write, or a fault. */
type Came = Outcome<{ readonly body: Body; readonly meta: AnswerMeta }, Fault>

/** `caller` is whoever handed the batch in: its tenant, its names, its limits. */
export function lineAsker(
  parts: AskParts,
  caller: Caller,
): (line: BatchLine, signal: AbortSignal) => Promise<Asked> {
  return async (line, signal) => {
    const requestId = makeId('req', parts.clock.wallMs())
    const entering = parts.rates?.enter({
      holder: requestId,
      caller,
      address: '',
      endpoint: line.url === '/v1/embeddings' ? 'embeddings' : 'chat',
      path: line.url,
      isBackground: true,
    })
    const entered = entering && (await entering)
    if (entered?.ok === false) return told(parts, line, { requestId, came: failed(entered.fault.fault) })
    const asking = { parts, caller, requestId, signal }
    const came = line.url === '/v1/embeddings' ? await embed(asking, line) : await chat(asking, line)
    if (entered?.ok) entered.value.leave()
    return told(parts, line, { requestId, came })
  }
}

interface Asking {
  readonly parts: AskParts
  readonly caller: Caller
  readonly requestId: string
  readonly signal: AbortSignal
}

const common = ({ parts, caller, requestId, signal }: Asking) => ({
  requestId,
  tenant: tenantOf(caller),
  virtualKeyId: caller.keyId,
  allowance: parts.rates?.allowance(caller),
  signal,
})

async function chat(asking: Asking, { url, body }: BatchLine): Promise<Came> {
  const { parts, caller } = asking
  const inbound = inboundOf(parts, url)
  // A line is one answer, whole.
  const { stream_options: _options, ...plain } = body
  const read = parseChatBody({ ...plain, stream: false }, inbound)
  if (!read.ok) return read
  const denied = deniedName(caller, read.value, parts.config())
  if (denied) return failed(denied)
  const extension: Extension = { profile: 'batch', ...read.value.extension }
  const answer: Answer = await parts.engine.chat({ ...read.value, extension, ...common(asking) })
  if (answer.kind === 'fault') return failed(answer.fault)
  if (answer.kind === 'stream') throw new Error('a stream came where none was asked for')
  const nowS = Math.floor(parts.clock.wallMs() / 1_000)
  const answered = { request: read.value.request, requestId: asking.requestId, nowS }
  const written: Body =
    answer.raw === undefined ? inbound.writeReply(answer.reply, answered) : JSON.parse(answer.raw)
  return done({ body: written, meta: answer.meta })
}

async function embed(asking: Asking, { body }: BatchLine): Promise<Came> {
  const { parts, caller } = asking
  const read = parseEmbeddingsBody(body)
  if (!read.ok) return read
  const denied = deniedName(caller, read.value, parts.config())
  if (denied) return failed(denied)
  const answer: EmbedAnswer = await parts.engine.embed({ ...read.value, ...common(asking) })
  if (answer.kind === 'fault') return failed(answer.fault)
  return done({ body: { ...writeEmbeddings(answer.reply, read.value.request) }, meta: answer.meta })
}

function inboundOf({ inbound }: AskParts, url: BatchEndpoint): InboundAdapter {
  if (url === '/v1/messages') return inbound.anthropic
  return url === '/v1/responses' ? inbound.responses : inbound.openai
}

interface Told {
  readonly requestId: string
  readonly came: Came
}

/** Limits and rests are waited for: nobody stands at the other end. */
function told(parts: AskParts, { number, customId, url }: BatchLine, { requestId, came }: Told): Asked {
  if (came.ok) {
    const { body, meta } = came.value
    const response = { status: 200, requestId, body }
    return { number, customId, response, ...(meta.cache ? { cache: meta.cache } : {}) }
  }
  const { fault } = came
  const { code, message, status, retryAfterMs } = fault
  const body = inboundOf(parts, url).writeFault(fault)
  const result: LineResult = {
    number,
    customId,
    response: { status, requestId, body },
    error: { code, message },
  }
  return passing.has(code) ? { againInMs: retryAfterMs ?? 1_000, otherwise: result } : result
}

const passing: ReadonlySet<Fault['code']> = new Set([
  'rate_limited',
  'all_targets_resting',
  'all_targets_unavailable',
  'gateway_overloaded',
])
