/** The engine in process: scripted providers, a fake clock, and a ledger that is a list. */

import type { Random } from '../../src/base/random.ts'
import type { Config, RouteCacheConfig, RouteConfig } from '../../src/config/config.ts'
import { configSchema } from '../../src/config/schema.ts'
import { toConfig } from '../../src/config/to-config.ts'
import { openaiInbound, openaiOutbound } from '../../src/gateway/adapters/openai/adapter.ts'
import { type AnswerCache, createAnswerCache, type FarTier } from '../../src/gateway/cache/answer-cache.ts'
import { createEngine } from '../../src/gateway/engine/engine.ts'
import type {
  Answer,
  AnswerMeta,
  Catalogue,
  Chunk,
  Engine,
  EngineParts,
  EngineRequest,
  PromptRewriter,
} from '../../src/gateway/engine/engine-port.ts'
import { readExtension } from '../../src/protocol/extension.ts'
import type { LedgerRecord } from '../../src/protocol/ledger-entry.ts'
import { createFakeClock, type FakeClock } from '../../src/sandbox/fake-clock.ts'
import {
  createScriptedTransport,
  type Script,
  type ScriptedTransport,
} from '../../src/sandbox/scripted-transport.ts'
import { deepFreeze } from '../deep-freeze.ts'

export type LedgerNote = Omit<LedgerRecord, 'commitments'>

export interface World {
  readonly clock: FakeClock
  readonly transport: ScriptedTransport
  readonly engine: Engine
  readonly cache: AnswerCache<AnswerMeta>
  readonly ledger: readonly LedgerNote[]
  readonly intents: readonly string[]
  readonly events: readonly { readonly atMs: number; readonly topic: string; readonly payload: object }[]
  /** Takes another configuration over, as a changed file would. */
  reload(config?: WorldOptions['config']): void
  /** Sends a chat; the answer is awaited with `run`. */
  chat(
    body?: Record<string, unknown>,
    signal?: AbortSignal,
    more?: Partial<Pick<EngineRequest, 'tenant' | 'allowance'>>,
  ): Promise<Answer>
  /** Takes a changed configuration over. */
  reconfigure(change: (config: Config) => Config): void
}

export interface WorldOptions {
  /** Provider → its keys and models, in the order of tries. */
  readonly providers: Readonly<
    Record<string, { readonly keys: readonly string[]; readonly models: readonly string[] }>
  >
  readonly script: Script
  readonly config?: Partial<Pick<Config, 'unknownFaults' | 'profile'>> & {
    readonly [Section in
      | 'attempts'
      | 'timeouts'
      | 'cache'
      | 'profiles'
      | 'breaker'
      | 'retries'
      | 'throttle'
      | 'keyPool'
      | 'ledger'
      | 'rewriter']?: Partial<Config[Section]>
  }
  /** Laid over the route `chat`. */
  readonly route?: Partial<RouteConfig>
  /** 0.5 for ever where absent. */
  readonly random?: Random
  readonly catalogue?: Partial<Catalogue>
  readonly recovery?: RouteConfig['recovery']
  /** What the route keeps of answers; nothing where absent. */
  readonly routeCache?: Partial<RouteCacheConfig>
  readonly farTier?: FarTier
  /** The ledger confirms nothing. */
  readonly isLedgerDown?: boolean
  readonly strategy?: RouteConfig['strategy']
  /** In place of the world's own. */
  readonly parts?: Partial<EngineParts>
  readonly rewriter?: PromptRewriter
}

export function openWorld(options: WorldOptions): World {
  const clock = createFakeClock()
  const transport = createScriptedTransport(clock, options.script)
  const ledger: LedgerNote[] = []
  const intents: string[] = []
  const events: { atMs: number; topic: string; payload: object }[] = []
  let config = makeConfig(options)
  let requests = 0
  const cache = createAnswerCache<AnswerMeta>({ config: config.cache, clock, far: options.farTier })
  const engine = createEngine({
    cache,
    config: () => config,
    adapters: { openai: openaiOutbound },
    transport,
    clock,
    ...(options.rewriter ? { rewriter: options.rewriter } : {}),
    random: options.random ?? (() => 0.5),
    publish: (topic, payload) => void events.push({ atMs: clock.monoMs(), topic, payload }),
    fingerprint: (key) => `key_${key}`,
    catalogue: { facts: () => ({}), costUsd: () => undefined, knows: () => false, ...options.catalogue },
    notary: {
      hashPrompt: ({ messages }) => `hash of ${JSON.stringify(messages.at(-1)?.content)}`,
      hashText: () => 'hash',
      openTextHash: () => ({ update: () => {}, digest: () => 'hash' }),
      intend: async (intent) => {
        intents.push(intent.requestId)
        return { ok: !options.isLedgerDown }
      },
      record: async (record) => {
        ledger.push(record)
        return { ok: !options.isLedgerDown }
      },
    },
    ...options.parts,
  })
  return {
    clock,
    transport,
    engine,
    cache,
    ledger,
    intents,
    events,
    reconfigure(change) {
      config = change(config)
    },
    reload(changed) {
      config = makeConfig({ ...options, config: { ...options.config, ...changed } })
    },
    chat(body = {}, signal = new AbortController().signal, more = {}) {
      // Whatever the engine does with a request, it changes nothing of it.
      const asked = { model: 'chat', messages: [{ role: 'user', content: 'Hello' }], ...body }
      const read = openaiInbound.readRequest(deepFreeze(asked))
      if (!read.ok) throw new Error(read.fault.message)
      requests += 1
      const extension = readExtension(read.value.body)
      if (!extension.ok) throw new Error(extension.fault.message)
      return engine.chat({
        extension: deepFreeze(extension.value),
        request: deepFreeze(read.value),
        requestId: `req_${requests}`,
        tenant: 'default',
        signal,
        ...more,
      })
    },
  }
}

/** The configuration as a file would give it, with the sections of `config` laid over it. */
function makeConfig({
  providers,
  config = {},
  route = {},
  recovery = [],
  strategy = 'priority',
  routeCache,
}: WorldOptions): Config {
  const rows = Object.entries(providers).map(([name, { keys, models }]) => [
    name,
    { dialect: 'openai', base_url: `http://${name}.test/v1`, keys, models, simulated: true, local: true },
  ])
  const targets = Object.entries(providers).flatMap(([provider, { models }]) =>
    models.length > 0 ? [{ provider, models }] : [],
  )
  const file = configSchema.parse({
    providers: Object.fromEntries(rows),
    routes: { chat: { targets, strategy, streams: { recovery } } },
  })
  const read = toConfig(file)
  if (!read.ok) throw new Error(JSON.stringify(read.fault))
  const { value } = read
  const chat = value.routes.get('chat')
  const cache: RouteCacheConfig = { mode: 'off', ttlMs: 10_000, sampled: false, ...routeCache }
  return {
    ...value,
    ...config,
    routes: new Map(chat ? [['chat', { ...chat, ...route, cache }]] : []),
    cache: { ...value.cache, staleIfErrorMs: 60_000, ...config.cache },
    timeouts: { ...value.timeouts, ...config.timeouts },
    profiles: { ...value.profiles, ...config.profiles },
    attempts: { ...value.attempts, ...config.attempts },
    breaker: { ...value.breaker, ...config.breaker },
    retries: { ...value.retries, ...config.retries },
    throttle: { ...value.throttle, ...config.throttle },
    keyPool: { ...value.keyPool, ...config.keyPool },
    ledger: { ...value.ledger, ...config.ledger },
    rewriter: { ...value.rewriter, ...config.rewriter },
  }
}

/** A whole answer in OpenAI's form. */
export const wholeAnswer = (text: string, model = 'm1') =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  })

/** Stream events of an answer, word by word. */
export function streamPieces(text: string, model = 'm1'): string[] {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
  const usage = {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model,
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  }
  return [
    chunk({ role: 'assistant', content: '' }),
    ...text.split(/(?<= )/).map((word) => chunk({ content: word })),
    chunk({}, 'stop'),
    `data: ${JSON.stringify(usage)}\n\n`,
    'data: [DONE]\n\n',
  ]
}

/** Lets fake time pass until the answer is there. */
export async function run<Value>(world: World, promise: Promise<Value>, stepMs = 50): Promise<Value> {
  let value: { readonly is: Value } | undefined
  let error: unknown
  promise.then(
    (is) => {
      value = { is }
    },
    (reason) => {
      error = reason
    },
  )
  for (let step = 0; step < 10_000 && value === undefined && error === undefined; step += 1)
    await world.clock.advance(stepMs)
  if (error) throw error
  if (!value) throw new Error('no answer in fake time')
  return value.is
}

export async function readText(
  chunks: AsyncIterable<Chunk>,
): Promise<{ text: string; ended: string; raw: string }> {
  let text = ''
  let raw = ''
  let ended = 'nothing'
  for await (const chunk of chunks) {
    raw += chunk.raw ?? ''
    for (const part of chunk.parts) {
      if (part.kind === 'text') text += part.text
      if (part.kind === 'end') ended = 'end'
      if (part.kind === 'broken') ended = part.fault.code
    }
  }
  return { text, ended, raw }
}
