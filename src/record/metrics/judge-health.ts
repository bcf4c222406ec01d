/** From how things stand to one word and its reasons: pure. */

import type { HealthConfig } from '../../config/health-schema.ts'
import type { ExplainedTarget } from '../../protocol/explanation.ts'
import type { HealthReport, HealthStatus, ProviderHealth } from '../../protocol/health.ts'

export interface HealthFacts {
  readonly rules: Omit<HealthConfig, 'windowMs'>
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

export function judgeHealth(facts: HealthFacts): Judgement {
  const providers = providersOf(facts)
  const dead = providers.filter((provider) => !mayAnswer(provider, facts.targets))
  const issues = [
    ...providers.flatMap((provider) => providerIssues(provider, facts.rules)),
    ...requestIssues(facts),
    ...(facts.isLedgerFailing ? ['the ledger is not written'] : []),
    ...(facts.isRunStoreFailing ? ['traces are not kept'] : []),
    ...(facts.isRedisAway ? ['Redis does not answer: each process keeps to itself'] : []),
    ...(facts.droppedEvents > 0 ? [`${facts.droppedEvents} events were dropped`] : []),
  ]
  const isDown =
    (providers.length > 0 && dead.length === providers.length) ||
    successShare(facts) <= facts.rules.unhealthySuccess
  return { status: statusOf(isDown, issues), issues, providers }
}

function statusOf(isDown: boolean, issues: readonly string[]): HealthStatus {
  return isDown ? 'unhealthy' : issues.length > 0 ? 'degraded' : 'healthy'
}

/** 1 where too few requests ended to speak of a share. */
function successShare({ rules, window: { requests, errors } }: HealthFacts): number {
  return requests < rules.minRequests ? 1 : (requests - errors) / requests
}

function requestIssues(facts: HealthFacts): readonly string[] {
  const { errors, requests } = facts.window
  const { degradedSuccess, degradedErrors } = facts.rules
  return successShare(facts) < degradedSuccess || errors > degradedErrors
    ? [`${errors} of ${requests} requests failed`]
    : []
}

function providersOf({ targets, window, rules }: HealthFacts): readonly ProviderHealth[] {
  return [...Map.groupBy(targets, ({ provider }) => provider)].map(([provider, own]) => {
    const seen = window.providers[provider]
    const stands: Standing = {
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
    const { calls = 0, successShare: share = 1 } = stands
    const isDown =
      !mayAnswer(stands, targets) || (calls >= rules.minRequests && share <= rules.unhealthySuccess)
    return { ...stands, status: statusOf(isDown, providerIssues(stands, rules)) }
  })
}

type Standing = Omit<ProviderHealth, 'status'>

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

function mayAnswer({ provider }: Standing, targets: readonly ExplainedTarget[]): boolean {
  return targets.some(
    (target) =>
      target.provider === provider &&
      target.circuit === 'closed' &&
      target.keys.some(({ standing }) => standing === 'free'),
  )
}

function providerIssues(
  { provider, openCircuits, keys, calls = 0, successShare: share = 1 }: Standing,
  { minRequests, degradedSuccess }: HealthFacts['rules'],
): readonly string[] {
  const { free, resting, disabled } = keys
  const models = openCircuits.join(', ')
  return [
    ...(openCircuits.length > 0 ? [`${provider}: the circuit of ${models} is open`] : []),
    ...(free === 0 ? [`${provider}: no key is free, ${resting} rest, ${disabled} are disabled`] : []),
    ...(free > 0 && disabled > 0
      ? [`${provider}: ${disabled} ${disabled === 1 ? 'key is' : 'keys are'} disabled`]
      : []),
    ...(calls >= minRequests && share < degradedSuccess
      ? [`${provider}: ${Math.round((1 - share) * 100)} % of ${calls} calls failed`]
      : []),
  ]
}
