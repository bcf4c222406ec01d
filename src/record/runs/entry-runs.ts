/** The trace of one request of the gateway, made from its ledger entry: pure. */

import type { LedgerEntry, LedgerPreviews, ResilienceEvent } from '../../protocol/ledger-entry.ts'
import type { Attempt } from '../../protocol/plan.ts'
import type { Run, RunMessage, RunStatus } from '../../protocol/run.ts'

/** A root, a run for each attempt, each rewrite and each look-up in the cache, in the order they began. */
export function entryRuns(entry: LedgerEntry, previews: LedgerPreviews): readonly Run[] {
  const root = rootRun(entry, previews)
  const children = [
    ...entry.attempts.map((attempt, at) => attemptRun(entry, attempt, { at, previews })),
    ...rewriteRuns(entry),
    ...cacheRuns(entry),
  ]
  return [root, ...children]
}

const said = (role: RunMessage['role'], text: string | undefined): readonly RunMessage[] =>
  text === undefined ? [] : [{ role, text }]

const startOf = (entry: LedgerEntry) => Date.parse(entry.atUtc)

function rootRun(entry: LedgerEntry, { initialPrompt, finalResponse }: LedgerPreviews): Run {
  const startedAtMs = startOf(entry)
  const { usage, error } = entry
  return {
    ...shared(entry),
    id: entry.requestId,
    name: entry.route,
    runType: 'chain',
    status: statusOf(entry),
    startedAtMs,
    endedAtMs: startedAtMs + entry.totalLatencyMs,
    ...(entry.timeToFirstTokenMs === undefined
      ? {}
      : { firstTokenAtMs: startedAtMs + entry.timeToFirstTokenMs }),
    ...(error ? { error: `${error.code}: ${error.message}` } : {}),
    ...(entry.finalProvider ? { provider: entry.finalProvider, model: entry.finalModel } : {}),
    messages: { input: said('user', initialPrompt), output: said('assistant', finalResponse) },
    ...(usage
      ? {
          usage: {
            ...usage,
            ...(entry.estimatedCostUsd === undefined ? {} : { costUsd: entry.estimatedCostUsd }),
          },
        }
      : {}),
    metadata: {
      ...entry.metadata,
      outcome: entry.outcome,
      dialect: entry.dialect,
      stream: entry.stream,
      selectionMode: entry.selectionMode,
      resilienceScore: entry.resilienceScore,
      attempts: entry.totalApiCalls,
      simulated: entry.simulated,
      ...(entry.callerRequestId === undefined ? {} : { callerRequestId: entry.callerRequestId }),
      ...(entry.plan && entry.plan.leftOut.length > 0 ? { leftOut: entry.plan.leftOut } : {}),
      ...(entry.dropped.length > 0 ? { dropped: entry.dropped } : {}),
    },
  }
}

const answered = new Set(['SUCCESS', 'MITIGATED_SUCCESS', 'RECOVERED_SUCCESS', 'CACHED'])

const statusOf = ({ outcome }: LedgerEntry): RunStatus => (answered.has(outcome) ? 'success' : 'error')

/** The caller's tags that name a conversation and a person, as tracing tools call them. */
function shared(entry: LedgerEntry) {
  const { session_id: session, thread_id: thread, user_id: user } = entry.metadata as Record<string, string>
  const sessionId = session ?? thread
  return {
    traceId: entry.requestId,
    source: 'gateway' as const,
    project: 'gateway',
    tags: [],
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(user === undefined ? {} : { userId: user }),
  }
}

interface AttemptPlace {
  readonly at: number
  readonly previews: LedgerPreviews
}

function attemptRun(entry: LedgerEntry, attempt: Attempt, { at, previews }: AttemptPlace): Run {
  const startedAtMs = startOf(entry)
  const { provider, model, fault, firstTokenMs, inputTokens, outputTokens, costUsd } = attempt
  const isLast = at === entry.attempts.length - 1
  const hasUsage = inputTokens !== undefined || outputTokens !== undefined || costUsd !== undefined
  return {
    ...shared(entry),
    id: `${entry.requestId}-${at + 1}`,
    parentId: entry.requestId,
    name: `${provider}/${model}`,
    runType: 'llm',
    status: fault ? 'error' : 'success',
    startedAtMs: startedAtMs + attempt.startedMs,
    endedAtMs: startedAtMs + attempt.endedMs,
    ...(firstTokenMs === undefined ? {} : { firstTokenAtMs: startedAtMs + firstTokenMs }),
    ...(fault ? { error: `${fault.code}: ${fault.message}` } : {}),
    provider,
    model,
    messages: {
      input: said('user', previews.finalPrompt ?? previews.initialPrompt),
      output: isLast && !fault ? said('assistant', previews.finalResponse) : [],
    },
    ...(hasUsage ? { usage: { input: inputTokens, output: outputTokens, costUsd } } : {}),
    metadata: {
      key: attempt.key,
      next: attempt.next,
      because: attempt.because,
      ...(fault ? { faultClass: fault.class } : {}),
      ...(attempt.recovery ? { recovery: attempt.recovery } : {}),
    },
  }
}

/** Events pair up: an attempt at rewriting, then its success or failure. */
function rewriteRuns(entry: LedgerEntry): readonly Run[] {
  const events = entry.resilienceEvents.filter(({ topic }) => topic.startsWith('prompt.humanization.'))
  return events.flatMap((begun, at): readonly Run[] => {
    if (begun.topic !== 'prompt.humanization.attempt') return []
    const end = events[at + 1]
    const hasFailed = end?.topic !== 'prompt.humanization.success'
    return [
      {
        ...sideRun(entry, begun, { id: `${entry.requestId}-rewrite-${at + 1}`, runType: 'chain' }),
        name: 'rewrite',
        endedAtMs: startOf(entry) + (end?.atMs ?? begun.atMs),
        status: hasFailed ? 'error' : 'success',
        ...(hasFailed ? { error: end?.detail ?? 'the prompt was not rewritten' } : {}),
      },
    ]
  })
}

function cacheRuns(entry: LedgerEntry): readonly Run[] {
  const looks = entry.resilienceEvents.filter(({ topic }) => topic === 'cache.hit' || topic === 'cache.miss')
  return looks.map((look, at) => ({
    ...sideRun(entry, look, { id: `${entry.requestId}-cache-${at + 1}`, runType: 'retriever' }),
    name: look.topic,
  }))
}

function sideRun(
  entry: LedgerEntry,
  { atMs }: ResilienceEvent,
  more: { readonly id: string; readonly runType: string },
): Run {
  const startedAtMs = startOf(entry) + atMs
  return {
    ...shared(entry),
    ...more,
    name: more.runType,
    parentId: entry.requestId,
    status: 'success',
    startedAtMs,
    endedAtMs: startedAtMs,
    messages: { input: [], output: [] },
    metadata: {},
  }
}
