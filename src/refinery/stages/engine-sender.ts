/** Sends the questions of all analyses through the gateway's engine, as fast as the tokens of a minute allow. */

import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { failed, type Outcome } from '../../base/outcome.ts'
import { responsesInbound } from '../../gateway/adapters/responses/adapter.ts'
import type { Answer, Engine, EngineRequest } from '../../gateway/engine/engine-port.ts'
import { limitsFromHeaders } from '../../gateway/limits/scheduler/limits-from-headers.ts'
import type { MinuteLimits } from '../../gateway/limits/scheduler/load.ts'
import {
  type Called,
  createTokenScheduler,
  loadOf,
  type TokenScheduler,
} from '../../gateway/limits/scheduler/token-scheduler.ts'
import type { Fault } from '../../protocol/fault.ts'
import { type CallProfile, createCallProfile } from './call-profile.ts'
import type { SendStage, StageReply, StageRequest } from './stage-desk.ts'
import { type StageSettings, usableOf } from './stage-settings.ts'

/** The minute of one model, shared by everything in the background that asks it. */
export interface ModelWindow {
  readonly scheduler: TokenScheduler
  readonly profile: CallProfile
  /** Resolves for one question in each turn of the event loop: to write and hash a long one takes milliseconds, and many begin together. */
  setOut(): Promise<void>
  /** Takes what a provider told of its minute. */
  learn(told: MinuteLimits): void
  /** What was learned so far; undefined where nothing was. */
  learned(): MinuteLimits | undefined
}

export type WindowOf = (model: string) => ModelWindow

/** One window for each model, however many analyses ask it. */
export function openWindows(clock: Clock, settings: StageSettings): WindowOf {
  const windows = new Map<string, ModelWindow>()
  return (model) => {
    const known = windows.get(model)
    if (known) return known
    const made = openWindow(clock, settings)
    windows.set(model, made)
    return made
  }
}

function openWindow(clock: Clock, settings: StageSettings): ModelWindow {
  let learned: MinuteLimits | undefined
  const scheduler = createTokenScheduler({
    clock,
    limits: heldLimits(settings, {}),
    concurrency: settings.concurrency,
  })
  let before = Promise.resolve()
  return {
    scheduler,
    profile: createCallProfile(),
    setOut() {
      before = before.then(() => clock.sleep(0))
      return before
    },
    learned: () => learned,
    learn(told) {
      const next = { ...learned, ...told }
      if (JSON.stringify(next) === JSON.stringify(learned)) return
      learned = next
      scheduler.limit(heldLimits(settings, next))
    },
  }
}

/** What was set counts where it is the tighter one; what was only assumed gives way to what was told. */
export function minuteOf(
  { tokensPerMinute, isLimitSet }: Pick<StageSettings, 'tokensPerMinute' | 'isLimitSet'>,
  { tokens, inputTokens }: MinuteLimits,
): number {
  if (isLimitSet) return Math.min(tokensPerMinute, tokens ?? Number.POSITIVE_INFINITY)
  return tokens ?? inputTokens ?? tokensPerMinute
}

/** The limits to keep: what was told or set, with the buffer left free. */
export function heldLimits(settings: StageSettings, told: MinuteLimits): MinuteLimits {
  const { tokens: _tokens, ...others } = told
  const heldOf = (minute: number) => Math.max(1, usableOf(minute, settings.tokenBuffer))
  const isByInput = told.tokens === undefined && told.inputTokens !== undefined && !settings.isLimitSet
  if (isByInput) return { ...others, inputTokens: heldOf(told.inputTokens ?? 1) }
  return { ...others, tokens: heldOf(minuteOf(settings, told)) }
}

/** A question that was sent and not answered yet. */
export interface OpenQuestion {
  readonly stage: StageRequest['stage']
  readonly inputTokens: number
  readonly maxOutputTokens: number
  /** On the clock that never steps. */
  readonly beganMs: number
}

export interface SenderParts {
  readonly engine: Pick<Engine, 'chat'>
  readonly clock: Clock
  readonly window: ModelWindow
  readonly model: string
  readonly temperature: number
  /** Whose requests these are, and what they may spend. */
  readonly caller: Pick<EngineRequest, 'tenant' | 'virtualKeyId' | 'allowance'>
  readonly analysisId: string
  /** Told of what is open, by the id of its entry in the scheduler's log. */
  readonly open?: Map<string, OpenQuestion>
}

export function createSender(parts: SenderParts): SendStage {
  const { clock, window } = parts
  return async (request, signal) => {
    const { stage, inputTokens, maxOutputTokens } = request
    const ran = await window.scheduler.run({
      load: () => loadOf(inputTokens, window.profile.reserve(stage, maxOutputTokens)),
      signal,
      async call(id) {
        const beganMs = clock.monoMs()
        parts.open?.set(id, { stage, inputTokens, maxOutputTokens, beganMs })
        await window.setOut()
        const called = await callEngine(parts, request, signal)
        parts.open?.delete(id)
        const { value, used } = called
        if (value.ok && used)
          window.profile.note({
            stage,
            cap: maxOutputTokens,
            inputTokens: used.inputTokens,
            outputTokens: used.outputTokens,
            tookMs: clock.monoMs() - beganMs,
          })
        return called
      },
    })
    return ran.ok ? ran.value : failed(ran.fault)
  }
}

async function callEngine(
  parts: SenderParts,
  request: StageRequest,
  signal: AbortSignal,
): Promise<Called<Outcome<StageReply, string>>> {
  const read = responsesInbound.readRequest(responsesBody(parts, request))
  if (!read.ok) return { value: failed(read.fault.message) }
  const answer = await parts.engine.chat({
    request: read.value,
    requestId: makeId('req', parts.clock.wallMs()),
    ...parts.caller,
    extension: {
      profile: 'batch',
      cache: 'off',
      rewrite: false,
      metadata: { analysis: parts.analysisId, stage: request.stage },
    },
    signal,
    onHeaders(headers) {
      const told = limitsFromHeaders(headers)
      if (told) parts.window.learn(told)
    },
  })
  if (answer.kind === 'reply') return calledWith(answer)
  if (answer.kind === 'stream') return { value: failed('a stream came where none was asked for') }
  return refused(answer.fault)
}

/** In OpenAI's Responses, which every provider's dialect is written from. */
export function responsesBody(
  { model, temperature }: Pick<SenderParts, 'model' | 'temperature'>,
  { stage, instructions, text, schema, maxOutputTokens }: StageRequest,
): Readonly<Record<string, unknown>> {
  return {
    model,
    instructions,
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }],
    text: { format: { type: 'json_schema', name: stage, strict: true, schema } },
    max_output_tokens: maxOutputTokens,
    temperature,
    store: false,
  }
}

function calledWith({
  reply,
  meta,
}: Extract<Answer, { kind: 'reply' }>): Called<Outcome<StageReply, string>> {
  const [choice] = reply.choices
  const text = (choice?.content ?? []).map((part) => (part.kind === 'text' ? part.text : '')).join('')
  const { usage } = reply
  const used = usage && loadOf(usage.input, usage.output)
  if (choice?.refusal !== undefined)
    return { value: failed('the model refused to answer'), ...(used ? { used } : {}) }
  return {
    value: {
      ok: true,
      value: {
        text,
        isCut: choice?.finish === 'length',
        isSimulated: meta.simulated,
        servedBy: `${meta.provider ?? '?'}/${meta.model ?? reply.model}`,
        ...(usage ? { usage } : {}),
        ...(meta.costUsd === undefined ? {} : { costUsd: meta.costUsd }),
      },
    },
    ...(used ? { used } : {}),
  }
}

/** Limits and rests are waited for: nobody stands at the other end. */
const passing: ReadonlySet<Fault['code']> = new Set([
  'upstream_rate_limited',
  'rate_limited',
  'all_targets_resting',
  'all_targets_unavailable',
  'gateway_overloaded',
])
const usualWaitMs = 5_000

function refused(fault: Fault): Called<Outcome<StageReply, string>> {
  const value = failed(`${fault.code}: ${fault.message}`)
  return passing.has(fault.code) ? { value, waitMs: fault.retryAfterMs ?? usualWaitMs } : { value }
}
