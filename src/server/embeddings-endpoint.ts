/** One request for vectors over HTTP: body in, engine, vectors out in OpenAI's shape. */

import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { Stop } from '../base/stop-signal.ts'
import { readEmbeddings } from '../gateway/adapters/embeddings/read-request.ts'
import { writeEmbeddings } from '../gateway/adapters/embeddings/write-reply.ts'
import type { EmbeddingRequest } from '../protocol/embedding.ts'
import { type Extension, readExtension } from '../protocol/extension.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { tenantOf } from './access/decide.ts'
import { deniedName } from './access/denied-name.ts'
import { type Arrival, letIn, refuse } from './access/let-in.ts'
import { pass } from './limits/pass.ts'
import { buildJsonObject } from './read-body.ts'
import { readText } from './read-text.ts'
import { metaHeaders, sendFault, sendText } from './send-answer.ts'
import type { ServerParts } from './server-parts.ts'

export async function serveEmbeddings(
  parts: ServerParts,
  { request, response, scope }: Omit<Arrival, 'inbound'>,
): Promise<void> {
  const sending = { response, inbound: parts.inbound.openai }
  const caller = await letIn(parts, { ...sending, request, scope })
  if (caller === undefined) return
  const requestId = makeId('req', parts.clock.wallMs())
  const passing = pass(
    parts,
    { ...sending, request, scope },
    { holder: requestId, caller, endpoint: 'embeddings' },
  )
  const limited = passing && (await passing)
  if (limited) return refuse(parts, sending, limited)
  const text = await readText(request, parts.config().server.bodyLimitBytes)
  const read = text.ok ? parseEmbeddings(text.value.text) : text
  if (!read.ok) return sendFault(sending, read.fault)
  const denied = deniedName(caller, read.value, parts.config())
  if (denied) return sendFault(sending, denied)
  const gone = new Stop()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const callerId = request.headers['x-request-id']
  const answer = await parts.engine.embed({
    ...read.value,
    requestId,
    ...(typeof callerId === 'string' ? { callerRequestId: callerId.slice(0, 128) } : {}),
    tenant: tenantOf(caller),
    virtualKeyId: caller.keyId,
    allowance: parts.serving?.rates.allowance(caller),
    signal: gone,
  })
  if (answer.kind === 'fault') return sendFault(sending, answer.fault, answer.meta)
  sendText(response, {
    status: 200,
    type: 'application/json',
    headers: metaHeaders(answer.meta),
    body: JSON.stringify(writeEmbeddings(answer.reply, read.value.request)),
  })
}

export interface ReadEmbeddings {
  readonly request: EmbeddingRequest
  readonly extension: Extension
}

function parseEmbeddings(text: string): Outcome<ReadEmbeddings, Fault> {
  const body = buildJsonObject(text)
  return body.ok ? parseEmbeddingsBody(body.value) : body
}

export function parseEmbeddingsBody(body: Readonly<Record<string, unknown>>): Outcome<ReadEmbeddings, Fault> {
  if ('messages' in body && !('input' in body))
    return failed(
      makeFault('invalid_request', 'this looks like a chat request; send it to /v1/chat/completions'),
    )
  const read = readEmbeddings(body)
  if (!read.ok) return read
  const extension = readExtension(body)
  return extension.ok ? done({ request: read.value, extension: extension.value }) : extension
}
