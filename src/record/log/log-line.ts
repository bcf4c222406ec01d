/** What the log says, as data: one line for each request that did not go straight through, one for each event an operator acts on. */

import type { AnyEvent, Topic } from '../../protocol/events.ts'
import type { LedgerOutcome, LedgerRecord } from '../../protocol/ledger-entry.ts'
import type { Attempt, NextKind } from '../../protocol/plan.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogLine {
  readonly level: LogLevel
  /** For people: one line, no secret, no text of callers. */
  readonly message: string
  /** The same for programs. */
  readonly fields: Readonly<Record<string, unknown>>
}

type Entered = Omit<LedgerRecord, 'commitments'>

const levels: Readonly<Record<LedgerOutcome, LogLevel>> = {
  SUCCESS: 'debug',
  CACHED: 'debug',
  MITIGATED_SUCCESS: 'warn',
  RECOVERED_SUCCESS: 'warn',
  CANCELLED: 'info',
  REJECTED: 'info',
  FAILURE: 'error',
  UNKNOWN_CRASH: 'error',
}

export const requestLevel = ({ outcome }: Pick<LedgerRecord, 'outcome'>): LogLevel => levels[outcome]

/** Tries that are told one by one; of more, the first two and the last. */
const toldTries = 4

/** Which tries a request took, with which key, why each ended, what came next and why. */
export function requestLine(record: Entered): LogLine {
  const { requestId, traceId, tenant, route, outcome, attempts, totalLatencyMs } = record
  const tries = attempts.map((attempt, at) => ({ text: tryText(attempt, at + 1), attempt }))
  const left = Math.max(0, tries.length - toldTries)
  const told = left === 0 ? tries : [...tries.slice(0, 2), ...tries.slice(-1)]
  const texts = told.map(({ text }) => text)
  if (left > 0) texts.splice(2, 0, `${tries.length - 3} more`)
  return {
    level: requestLevel(record),
    message: [`${requestId} ${route}: ${endText(record)}`, ...texts].join(' | '),
    fields: {
      requestId,
      traceId,
      tenant,
      route,
      outcome,
      totalLatencyMs,
      ...(record.error ? { error: record.error.code } : {}),
      attempts: attempts.map(({ provider, model, key, fault, next, because, startedMs, endedMs }) => ({
        provider,
        model,
        key,
        latencyMs: Math.round(endedMs - startedMs),
        ...(fault ? { fault: fault.code, status: fault.cause?.status } : {}),
        next,
        because,
      })),
    },
  }
}

function endText(record: Entered): string {
  const { outcome, attempts, finalProvider, finalModel, totalLatencyMs, error } = record
  const after = `after ${seconds(totalLatencyMs)} and ${attempts.length} ${attempts.length === 1 ? 'try' : 'tries'}`
  const by = finalProvider === undefined ? '' : ` by ${finalProvider}/${finalModel}`
  if (outcome === 'CACHED') return `answered from the cache in ${seconds(totalLatencyMs)}`
  if (outcome === 'SUCCESS') return `answered${by} in ${seconds(totalLatencyMs)}`
  if (outcome === 'MITIGATED_SUCCESS') return `answered${by} ${after}`
  if (outcome === 'RECOVERED_SUCCESS') return `broken off and finished${by} ${after}`
  if (outcome === 'CANCELLED') return `its caller left ${after}`
  // Where nothing was tried, the tries do not say why.
  const why =
    attempts.length > 0 || !error ? '' : `, ${[error.message, ...error.chain.slice(0, 3)].join('; ')}`
  return `${outcome === 'REJECTED' ? 'refused' : 'failed'} ${after}: ${error?.code ?? outcome}${why}`
}

const nextTexts: Readonly<Record<NextKind, string>> = {
  done: 'done',
  retry: 'same key again',
  wait: 'waits and asks again',
  other_key: 'other key',
  other_model: 'other model',
  other_provider: 'other provider',
  hedge: 'the call beside it decides',
  rewrite: 'other words',
  give_up: 'gives up',
}

function tryText(attempt: Attempt, number: number): string {
  const { provider, model, key, fault, next, because, startedMs, endedMs } = attempt
  const where = `try ${number} ${provider}/${model} ${key}`
  if (fault === undefined) return `${where} answered in ${seconds(endedMs - startedMs)}`
  const status = fault.cause?.status === undefined ? '' : ` (${fault.cause.status})`
  return `${where} ${fault.code}${status} in ${seconds(endedMs - startedMs)}, ${nextTexts[next]}: ${because}`
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`

type Told = { [Name in Topic]?: (payload: Extract<AnyEvent, { topic: Name }>['payload']) => string }

const told = {
  'circuit.tripped': ({ circuit, reason, openForMs }) =>
    `circuit ${circuit} opened for ${seconds(openForMs)}: ${reason}`,
  'circuit.reset': ({ circuit }) => `circuit ${circuit} closed: it answers again`,
  'resource.penalized': ({ provider, model, key, restForMs, fault }) =>
    `${key} rests for ${seconds(restForMs)} at ${provider}/${model}: ${fault.code}`,
  'resource.health.restored': ({ provider, model, key }) => `${key} is used again at ${provider}/${model}`,
  'resource.healed.all': ({ provider }) => `all keys of ${provider} are used again`,
  'limit.rejected': ({ limit }) => `a request was refused: ${limit}`,
  'telemetry.dropped': ({ count }) => `${count} events were dropped: the store does not keep up`,
  'alert.raised': ({ alert }) => `alert ${alert}`,
  'alert.resolved': ({ alert }) => `alert ${alert} is over`,
} satisfies Told

type ToldTopic = keyof typeof told

const eventLevels: Readonly<Record<ToldTopic, LogLevel>> = {
  'circuit.tripped': 'error',
  'circuit.reset': 'info',
  'resource.penalized': 'info',
  'resource.health.restored': 'debug',
  'resource.healed.all': 'info',
  'limit.rejected': 'debug',
  'telemetry.dropped': 'warn',
  'alert.raised': 'error',
  'alert.resolved': 'info',
}

/** Topics the log hears of. */
export const loggedTopics: readonly Topic[] = Object.keys(told) as ToldTopic[]

export function eventLine(event: AnyEvent): LogLine | undefined {
  const text = textOf(event)
  if (text === undefined) return undefined
  const { topic, requestId, payload } = event
  return {
    level: eventLevels[topic as ToldTopic],
    message: requestId === undefined ? text : `${requestId} ${text}`,
    fields: { topic, ...(requestId === undefined ? {} : { requestId }), ...payload },
  }
}

function textOf(event: AnyEvent): string | undefined {
  const say: Told[Topic] = (told as Told)[event.topic]
  return (say as ((payload: AnyEvent['payload']) => string) | undefined)?.(event.payload)
}
