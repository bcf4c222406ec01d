/** The engine for programs that bring no server: the same parts `serve` is made of, behind three functions. */

import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Random } from '../base/random.ts'
import { reasonOf } from '../base/reason.ts'
import type { Config } from '../config/config.ts'
import { formatProblems } from '../config/format-problems.ts'
import { readConfig } from '../config/read-config.ts'
import type { AnswerMeta, Engine } from '../gateway/engine/engine-port.ts'
import type { Transport } from '../gateway/transport/transport.ts'
import { createUndiciTransport } from '../gateway/transport/undici-transport.ts'
import { readExtension } from '../protocol/extension.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import type { Ledger } from '../protocol/ledger-entry.ts'
import type { StreamPart } from '../protocol/reply.ts'
import { type Bus, createBus } from '../record/bus.ts'
import { inboundAdapters } from './adapters.ts'
import { composeEngine, type EngineComposition } from './compose.ts'
import { plainLog } from './open-log.ts'
import { openMemory } from './open-memory.ts'

export interface EmbeddedOptions {
  /** Where the ledger is written; without it, and without `ledger`, nothing is remembered. */
  readonly dataDir?: string
  /** Takes the entries instead of a data directory. */
  readonly ledger?: Ledger
  /** What `${NAME}` in the configuration stands for; nothing is read from the environment unasked. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly random?: Random
  readonly transport?: Transport
  readonly bus?: Bus
}

/** A chat request in the shape of OpenAI's `/v1/chat/completions`. */
export type ChatBody = Readonly<Record<string, unknown>>

export interface CallOptions {
  /** Aborts when the answer is no longer wanted. */
  readonly signal?: AbortSignal
  /** Whose request it is, for the ledger; `default` where absent. */
  readonly tenant?: string
}

export interface ChatAnswer {
  /** OpenAI's `chat.completion`. */
  readonly body: Readonly<Record<string, unknown>>
  readonly meta: AnswerMeta
}

export interface StreamAnswer {
  /** In order; the last is `end`, or `broken` where the answer could not be finished. */
  readonly parts: AsyncIterable<StreamPart>
  readonly meta: AnswerMeta
}

export interface EmbeddedEngine {
  chat(body: ChatBody, options?: CallOptions): Promise<Outcome<ChatAnswer, Fault>>
  stream(body: ChatBody, options?: CallOptions): Promise<Outcome<StreamAnswer, Fault>>
  /** Resolves when connections are closed and every entry is on disk. */
  close(): Promise<void>
}

/**
 * `config` is what `adaptive-mind.yaml` holds, as its text or as an object.
 * Rejects with an `Error` that names every mistake of the configuration, or why the data directory cannot be used.
 */
export async function createEngine(
  config: string | Readonly<Record<string, unknown>>,
  options: EmbeddedOptions = {},
): Promise<EmbeddedEngine> {
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  const read = readConfig({ text, file: 'configuration', env: options.env ?? {} })
  if (!read.ok) throw new Error(formatProblems(read.fault))
  const bus = options.bus ?? createBus({ clock: options.clock ?? systemClock, source: 'engine' })
  const memory = await memoryFor(read.value, options, bus)
  if (!memory.ok) throw new Error(memory.fault)
  return embed({ config: read.value, memory: memory.value, bus }, options)
}

interface Memory {
  readonly ledger: EngineComposition['ledger']
  close(): Promise<void>
}

interface Embedded {
  readonly config: Config
  readonly memory: Memory
  readonly bus: Bus
}

function embed({ config, memory, bus }: Embedded, options: EmbeddedOptions): EmbeddedEngine {
  const { clock = systemClock, random } = options
  const { ledger } = memory
  const transport = options.transport ?? createUndiciTransport({ connectMs: config.timeouts.connectMs })
  const engine = composeEngine({
    config: () => config,
    transport,
    ledger,
    bus,
    clock,
    ...(random ? { random } : {}),
  })
  return {
    async chat(body, call) {
      const answer = await ask({ engine, clock }, { ...body, stream: false }, call)
      if (!answer.ok) return answer
      if (answer.value.kind === 'reply')
        return done({ body: inboundAdapters.openai.writeReply(answer.value.reply), meta: answer.value.meta })
      return failed(
        answer.value.kind === 'fault' ? answer.value.fault : makeFault('internal', 'a stream came'),
      )
    },
    async stream(body, call) {
      const answer = await ask({ engine, clock }, { ...body, stream: true }, call)
      if (!answer.ok) return answer
      if (answer.value.kind === 'stream')
        return done({ parts: partsOf(answer.value.chunks), meta: answer.value.meta })
      return failed(
        answer.value.kind === 'fault' ? answer.value.fault : makeFault('internal', 'no stream came'),
      )
    },
    async close() {
      await transport.close()
      await memory.close()
    },
  }
}

async function ask(
  { engine, clock }: { readonly engine: Engine; readonly clock: Clock },
  body: ChatBody,
  { signal = new AbortController().signal, tenant = 'default' }: CallOptions = {},
) {
  const own = ownCopy(body)
  if (!own.ok) return own
  const request = inboundAdapters.openai.readRequest(own.value)
  if (!request.ok) return request
  const extension = readExtension(own.value)
  if (!extension.ok) return extension
  const requestId = makeId('req', clock.wallMs())
  return done(
    await engine.chat({ request: request.value, extension: extension.value, requestId, tenant, signal }),
  )
}

/** As it would arrive over HTTP. What the caller does to its body afterwards changes neither a second try nor the ledger. */
function ownCopy(body: ChatBody): Outcome<ChatBody, Fault> {
  try {
    return done(JSON.parse(JSON.stringify(body)))
  } catch (error) {
    const reason = reasonOf(error)
    return failed(makeFault('invalid_request', `the body cannot be written as JSON: ${reason}`))
  }
}

async function* partsOf(
  chunks: AsyncIterable<{ readonly parts: readonly StreamPart[] }>,
): AsyncGenerator<StreamPart> {
  for await (const { parts } of chunks) yield* parts
}

async function memoryFor(
  config: Config,
  options: EmbeddedOptions,
  bus: Bus,
): Promise<Outcome<Memory, string>> {
  const { dataDir, ledger = forgetful } = options
  if (dataDir !== undefined)
    return await openMemory({ config, current: () => config, dataDir, bus, log: plainLog })
  return done({ ledger: { ledger, installationKey: randomBytes(32) }, close: () => ledger.close() })
}

const forgetful: Ledger = {
  intend: async () => ({ ok: true }),
  record: async () => ({ ok: true }),
  close: async () => {},
}
