/** Analyses in process on a fake clock: the engine, the scheduler, and a provider that counts the tokens of its minute. */

import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base'
import { anthropicInbound, anthropicOutbound } from '../../src/gateway/adapters/anthropic/adapter.ts'
import { geminiInbound, geminiOutbound } from '../../src/gateway/adapters/gemini/adapter.ts'
import { openaiInbound, openaiOutbound } from '../../src/gateway/adapters/openai/adapter.ts'
import { responsesInbound, responsesOutbound } from '../../src/gateway/adapters/responses/adapter.ts'
import { slicesOf } from '../../src/gateway/policy/count-tokens.ts'
import type { Dialect } from '../../src/protocol/chat.ts'
import type { Analysis } from '../../src/refinery/analysis.ts'
import { examine } from '../../src/refinery/apart/examine-here.ts'
import type { EvalFile } from '../../src/refinery/eval-cases.ts'
import type { AnalysedTrace } from '../../src/refinery/import/read-trace.ts'
import { type ReadyAnalysis, readyAnalysis } from '../../src/refinery/stages/analyze-with-model.ts'
import { openWindows } from '../../src/refinery/stages/engine-sender.ts'
import { openLocalStore } from '../../src/refinery/stages/retrieval/local-store.ts'
import type { RetrievalParts } from '../../src/refinery/stages/retrieval/retrieval.ts'
import type { StageCache } from '../../src/refinery/stages/stage-desk.ts'
import { createStageHost } from '../../src/refinery/stages/stage-host.ts'
import type { StageProgress } from '../../src/refinery/stages/stage-progress.ts'
import { defaultStageSettings, type StageSettings } from '../../src/refinery/stages/stage-settings.ts'
import { analystOr } from '../../src/sandbox/analyst/analyst.ts'
import { simulatedAnswer } from '../../src/sandbox/answerer.ts'
import { limitHeaders } from '../../src/sandbox/limit-headers.ts'
import { createRateLimits } from '../../src/sandbox/rate-limits.ts'
import type { ScriptedAnswer } from '../../src/sandbox/scripted-transport.ts'
import { openWorld } from '../scenario/world.ts'
import { createStageMemory } from './stage-memory.ts'

const inbound = {
  openai: openaiInbound,
  anthropic: anthropicInbound,
  gemini: geminiInbound,
  responses: responsesInbound,
}
const outbound = {
  openai: openaiOutbound,
  anthropic: anthropicOutbound,
  gemini: geminiOutbound,
  responses: responsesOutbound,
}
const tokenizer = (text: string) => o200k(text, { disallowedSpecial: new Set() })
const count = async (text: string) => [...slicesOf(text)].reduce((sum, slice) => sum + tokenizer(slice), 0)

/** One call as the provider saw it. */
export interface SeenCall {
  readonly atMs: number
  readonly stage: string
  readonly tokens: number
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  /** What was read as the user's message. */
  readonly text: string
}

export interface AnalysisWorldOptions {
  readonly settings?: Partial<StageSettings>
  /** How long an answer takes, by its tokens. */
  readonly callMs?: number | ((outputTokens: number) => number)
  readonly dialect?: Dialect
  /** The provider's own minute, where it is not that of the settings; it tells it in its headers. */
  readonly tellsLimits?: number
  readonly cache?: StageCache
  readonly retrieval?: RetrievalParts
  /** Changes what the model says, or gives an answer of its own. */
  readonly tamper?: (said: string, call: SeenCall, index: number) => string | ScriptedAnswer
}

export interface AnalysisWorld {
  readonly calls: SeenCall[]
  readonly cache: StageCache
  ready(trace: AnalysedTrace, expected?: string, more?: RunOptions): Promise<ReadyAnalysis>
  /** Runs it on the fake clock. */
  run(trace: AnalysedTrace, expected?: string, more?: RunOptions): Promise<Ran>
  nowMs(): number
  advance(byMs: number): Promise<void>
}

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly maxCostUsd?: number
  readonly tenant?: string
  readonly evals?: readonly EvalFile[]
}

interface Told {
  readonly progress: StageProgress[]
  readonly toldAtMs: number[]
}

export interface Ran {
  readonly analysis: Analysis
  readonly ready: ReadyAnalysis
  readonly progress: readonly StageProgress[]
  /** When each of them was told, ms from the beginning. */
  readonly toldAtMs: readonly number[]
  readonly tookMs: number
}

export function openAnalysisWorld(options: AnalysisWorldOptions = {}): AnalysisWorld {
  const { callMs = 12_000, dialect = 'openai', cache = createStageMemory() } = options
  const settings = { ...defaultStageSettings, ...options.settings }
  const answerer = analystOr(simulatedAnswer, tokenizer)
  const calls: SeenCall[] = []
  const hints = dialect === 'gemini' ? { model: 'analyst', stream: false } : undefined
  const world = openWorld({
    providers: { sandbox: { keys: ['k1'], models: ['analyst'] } },
    parts: { adapters: outbound },
    script({ body }) {
      const read = inbound[dialect].readRequest(body, hints)
      if (!read.ok) return { status: 400, body: read.fault.message }
      const whole = answerer({ ...read.value, model: 'analyst' })
      const usage = whole.usage ?? { input: 0, output: 0 }
      const tokens = usage.input + usage.output
      const limit = limits.take('k1', tokens)
      const format = read.value.responseFormat
      const fields = format?.kind === 'json_schema' ? Object.keys(format.schema['properties'] ?? {}) : []
      const text = read.value.messages
        .flatMap(({ role, content }) => (role === 'user' ? content : []))
        .map((part) => (part.kind === 'text' ? part.text : ''))
        .join('\n')
      const call = {
        atMs: world.clock.monoMs(),
        stage: stageByField[fields[0] ?? ''] ?? '?',
        tokens,
        status: limit.exceeded ? 429 : 200,
        body,
        text,
      }
      calls.push(call)
      if (limit.exceeded)
        return {
          status: 429,
          headers: { 'retry-after': String(Math.ceil(limit.exceeded.retryAfterMs / 1_000)) },
          body: JSON.stringify({ error: { message: 'rate limit', code: 'rate_limit_exceeded' } }),
        }
      const [choice] = whole.choices
      const said = choice?.content.map((part) => (part.kind === 'text' ? part.text : '')).join('') ?? ''
      const changed = options.tamper?.(said, call, calls.length - 1) ?? said
      const delayMs = typeof callMs === 'number' ? callMs : callMs(usage.output)
      if (typeof changed !== 'string') return { delayMs, ...changed }
      const reply = {
        id: 'reply',
        ...whole,
        choices: whole.choices.map((one) => ({
          ...one,
          content: [{ kind: 'text' as const, text: changed }],
        })),
      }
      const headers = options.tellsLimits ? limitHeaders('openai', limit, 0) : {}
      return { delayMs, headers, body: JSON.stringify(inbound[dialect].writeReply(reply)) }
    },
  })
  world.reconfigure((config) => ({
    ...config,
    providers: new Map(
      [...config.providers].map(([name, provider]) => [name, { ...provider, dialect, simulated: true }]),
    ),
  }))
  const limits = createRateLimits(
    { tokens_per_minute: options.tellsLimits ?? settings.tokensPerMinute },
    () => world.clock.monoMs(),
  )
  const windows = openWindows(world.clock, settings)
  let count_ = 0
  const prepare = (
    trace: AnalysedTrace,
    expected: string,
    more: RunOptions,
    { progress, toldAtMs }: Told,
  ) => {
    count_ += 1
    const tenant = more.tenant ?? 'default'
    const { signal = new AbortController().signal } = more
    const about = { analysisId: `ana_${count_}`, model: 'sandbox/analyst', settings }
    const host = createStageHost({
      ...about,
      engine: world.engine,
      caller: { tenant },
      clock: world.clock,
      cache,
      window: windows('sandbox/analyst'),
      priceOf: (input, output) => ((input + output) / 1e6).toFixed(6),
      signal,
    })
    return readyAnalysis(
      {
        host,
        clock: world.clock,
        count,
        retrieval: { local: openLocalStore, ...options.retrieval },
        examine,
        onProgress(one) {
          progress.push(one)
          toldAtMs.push(world.clock.monoMs())
        },
        signal,
      },
      trace,
      {
        ...about,
        tenant,
        expected,
        ...(more.evals === undefined ? {} : { evals: more.evals }),
        ...(more.maxCostUsd === undefined ? {} : { maxCostUsd: more.maxCostUsd }),
      },
    )
  }
  return {
    calls,
    cache,
    nowMs: () => world.clock.monoMs(),
    advance: (byMs) => world.clock.advance(byMs),
    ready: (trace, expected = '', more = {}) =>
      prepare(trace, expected, more, { progress: [], toldAtMs: [] }),
    async run(trace, expected = '', more = {}) {
      const told: Told = { progress: [], toldAtMs: [] }
      const ready = await prepare(trace, expected, more, told)
      const beganMs = world.clock.monoMs()
      let tookMs = 0
      let came: Awaited<ReturnType<ReadyAnalysis['run']>> | undefined
      void ready.run().then((value) => {
        came = value
        tookMs = world.clock.monoMs() - beganMs
      })
      for (let turn = 0; came === undefined && turn < 5_000; turn += 1) await world.clock.advance(500)
      if (!came?.ok) throw new Error(came?.fault ?? 'the analysis never ended')
      const toldAtMs = told.toldAtMs.map((atMs) => atMs - beganMs)
      return { analysis: came.value, ready, progress: told.progress, toldAtMs, tookMs }
    },
  }
}

const stageByField: Readonly<Record<string, string>> = {
  timeline: 'trace_analysis',
  gaps: 'gap_analysis',
  causes: 'diagnosis',
  summary: 'synthesis',
}

/** The fullest 60 s, wherever they begin. */
export const fullestMinute = (
  calls: readonly { readonly atMs: number; readonly tokens?: number }[],
): number =>
  Math.max(
    0,
    ...calls.map(({ atMs: from }) =>
      calls.reduce(
        (sum, { atMs, tokens }) => (atMs >= from && atMs < from + 60_000 ? sum + (tokens ?? 0) : sum),
        0,
      ),
    ),
  )
