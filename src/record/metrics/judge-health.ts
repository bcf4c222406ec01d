/** From how things stand to one word and its reasons: pure. */

import type { ExplainedTarget } from '../../protocol/explanation.ts'
import type { HealthReport, ProviderHealth } from '../../protocol/health.ts'

export interface HealthFacts {
  readonly targets: readonly ExplainedTarget[]
  /** What became of requests over the window. */
  readonly window: {
    readonly requests: number
    readonly errors: number
    readonly providers: Readonly<
      Record<string, { readonly calls: number; readonly successShare: number; readonly p50Ms?: number }>
    >
  }
  readonly isLedgerFailing: boolean
  readonly isRunStoreFailing: boolean
  /** Absent where none is configured. */
  readonly isRedisAway?: boolean | undefined
  readonly queues: Readonly<Record<string, number>>
  readonly droppedEvents: number
}

export type Judgement = Pick<HealthReport, 'status' | 'issues' | 'providers'>

/** Below it, of at least `judgedRequests`, too many requests fail. */
const [wellShare, badShare] = [0.95, 0.5]
const judgedRequests = 10

export function judgeHealth(facts: HealthFacts): Judgement {
  const providers = providersOf(facts)
  const dead = providers.filter((provider) => !mayAnswer(provider, facts.targets))
  const issues = [
    ...providers.flatMap((provider) => providerIssues(provider)),
    ...requestIssues(facts),
    ...(facts.isLedgerFailing ? ['the ledger is not written'] : []),
    ...(facts.isRunStoreFailing ? ['traces are not kept'] : []),
    ...(facts.isRedisAway ? ['Redis does not answer: each process keeps to itself'] : []),
    ...(facts.droppedEvents > 0 ? [`${facts.droppedEvents} events were dropped`] : []),
  ]
  const isDown = (providers.length > 0 && dead.length === providers.length) || successShare(facts) < badShare
  return { status: isDown ? 'unhealthy' : issues.length > 0 ? 'degraded' : 'healthy', issues, providers }
}

/** 1 where too few requests ended to speak of a share. */
function successShare({ window: { requests, errors } }: HealthFacts): number {
  return requests < judgedRequests ? 1 : (requests - errors) / requests
}

function requestIssues(facts: HealthFacts): readonly string[] {
  const share = successShare(facts)
  const { errors, requests } = facts.window
  return share < wellShare ? [`${errors} of ${requests} requests failed`] : []
}

function providersOf({ targets, window }: HealthFacts): readonly ProviderHealth[] {
  return [...Map.groupBy(targets, ({ provider }) => provider)].map(([provider, own]) => {
    const seen = window.providers[provider]
    return {
      provider,
      openCircuits: own.filter(({ circuit }) => circuit === 'open').map(({ model }) => model),
      keys: keysOf(own),
      ...(seen
        ? {
            calls: seen.calls,
            successShare: seen.successShare,
            ...(seen.p50Ms === undefined ? {} : { p50Ms: seen.p50Ms }),
          }
        : {}),
    }
  })
}

/** A key counts by its best standing over the models. */
function keysOf(targets: readonly ExplainedTarget[]): ProviderHealth['keys'] {
  const order = ['free', 'resting', 'not_allowed', 'disabled'] as const
  const best = new Map<string, number>()
  for (const { key, standing } of targets.flatMap(({ keys }) => keys)) {
    const rank = order.indexOf(standing)
    best.set(key, Math.min(best.get(key) ?? rank, rank))
  }
  const ranks = [...best.values()]
  const count = (...wanted: readonly number[]) => ranks.filter((rank) => wanted.includes(rank)).length
  return { free: count(0), resting: count(1), disabled: count(2, 3) }
}

function mayAnswer({ provider }: ProviderHealth, targets: readonly ExplainedTarget[]): boolean {
  return targets.some(
    (target) =>
      target.provider === provider &&
      target.circuit === 'closed' &&
      target.keys.some(({ standing }) => standing === 'free'),
  )
}

function providerIssues({
  provider,
  openCircuits,
  keys,
  calls = 0,
  successShare: share = 1,
}: ProviderHealth): readonly string[] {
  const { free, resting, disabled } = keys
  const models = openCircuits.join(', ')
  return [
    ...(openCircuits.length > 0 ? [`${provider}: the circuit of ${models} is open`] : []),
    ...(free === 0 ? [`${provider}: no key is free, ${resting} rest, ${disabled} are disabled`] : []),
    ...(free > 0 && disabled > 0
      ? [`${provider}: ${disabled} ${disabled === 1 ? 'key is' : 'keys are'} disabled`]
      : []),
    ...(calls >= judgedRequests && share < wellShare
      ? [`${provider}: ${Math.round((1 - share) * 100)} % of ${calls} calls failed`]
      : []),
  ]
}
