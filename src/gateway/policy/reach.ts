/** Which targets of a request can be reached now: what stands in the way of each, which keys are free, when rests end. */

import type { FaultCode } from '../../protocol/fault.ts'
import type { Situation, SpentAttempts, TargetView } from './situation.ts'

/** The target was dialled and never answered. */
const silence: ReadonlySet<FaultCode> = new Set([
  'upstream_connect_timeout',
  'upstream_first_token_timeout',
  'upstream_response_timeout',
])

const wasSilent = ({ tried }: Situation, target: number) =>
  tried.some((one) => one.target === target && silence.has(one.fault.code))

/** What stands between a request and a target now, in words; undefined where nothing does. */
export function obstacleAt(situation: Situation, target: number): string | undefined {
  const view = situation.targets[target]
  if (view === undefined) return 'not in the plan'
  const lasting = lastingObstacle(situation, target) ?? sameProvider(situation, target)
  if (lasting !== undefined) return lasting
  if (!view.circuit.admitted) return circuitObstacle(view.circuit.retryAfterMs)
  if (freeKey(situation, target) !== undefined) return undefined
  const rest = soonestRest(situation, target)
  return rest
    ? `its keys rest, the first until ${Math.ceil(rest.forMs)} ms from now`
    : 'no key of it may be used'
}

const circuitObstacle = (retryAfterMs: number) =>
  Number.isFinite(retryAfterMs)
    ? `its circuit is open for ${Math.ceil(retryAfterMs)} ms`
    : 'it was isolated by hand'

/** What no wait takes away. */
export function lastingObstacle(situation: Situation, target: number): string | undefined {
  const { targets, tried } = situation
  const view = targets[target]
  if (view?.unfit !== undefined) return view.unfit
  if (tried.length === 0 || view === undefined) return undefined
  if (isReserved(situation) && tried.some(({ target: at }) => targets[at]?.provider === view.provider))
    return 'the attempts that are left are kept for other providers'
  if (wasSilent(situation, target)) return 'it was dialled and never answered'
  if (tried.some(({ target: at, fault }) => at === target && fault.class === 'context_length'))
    return 'the request is too long for it'
  const last = tried.at(-1)
  const tooSmall = last?.fault.class === 'context_length' ? targets[last.target]?.contextTokens : undefined
  if (tooSmall !== undefined && (view.contextTokens ?? 0) <= tooSmall)
    return 'its context is not known to be larger'
  return undefined
}

/** The last fault was not the target's alone. */
function sameProvider({ targets, tried }: Situation, target: number): string | undefined {
  const last = tried.at(-1)
  const isOfProvider = last?.fault.scope === 'provider' || last?.fault.retry === 'other-provider'
  const isSame = last !== undefined && targets[last.target]?.provider === targets[target]?.provider
  return isOfProvider && isSame ? 'the same provider' : undefined
}

/** What makes another target the better choice, though this one can be called. */
export function reservation(situation: Situation, target: number): string | undefined {
  const { targets, tried, luck = 1 } = situation
  const view = targets[target]
  if (view === undefined) return undefined
  if ((view.refuseShare ?? 0) > luck) return 'held back, for it answers too few of its calls'
  const hasSilent = tried.some(
    ({ target: at, fault }) => silence.has(fault.code) && targets[at]?.provider === view.provider,
  )
  return hasSilent ? 'its provider was dialled and never answered' : undefined
}

/** Other requests may have sent the key to rest meanwhile, or learned that it may not use the model. */
export const isFree = ({ keys, unfit, barredKeys }: TargetView, key: string) =>
  unfit === undefined &&
  !barredKeys.has(key) &&
  keys.some((view) => view.key === key && view.standing.kind === 'free')

/** The first key in order that may be lent and was not yet used on the target. */
export function freeKey({ targets, tried }: Situation, target: number): string | undefined {
  const view = targets[target]
  if (view === undefined || view.unfit !== undefined) return undefined
  for (const { key, standing } of view.keys) {
    if (standing.kind !== 'free' || view.barredKeys.has(key)) continue
    if (!tried.some((one) => one.target === target && one.key === key)) return key
  }
  return undefined
}

export interface Rest {
  readonly key: string
  readonly forMs: number
  readonly named: boolean
}

/** The first rest to end on a target that may be called after it. */
export function soonestRest(situation: Situation, target: number): Rest | undefined {
  const view = situation.targets[target]
  if (!view?.circuit.admitted || lastingObstacle(situation, target) !== undefined) return undefined
  let soonest: Rest | undefined
  for (const { key, standing } of view.keys) {
    if (standing.kind !== 'resting' || view.barredKeys.has(key)) continue
    if (attemptsOn(situation, target, key) >= situation.limits.sameTry) continue
    if (soonest === undefined || standing.forMs < soonest.forMs)
      soonest = { key, forMs: standing.forMs, named: standing.named }
  }
  return soonest
}

export function attemptsOn({ tried }: Situation, target: number, key: string): number {
  let attempts = 0
  for (const one of tried) if (one.target === target && one.key === key) attempts += 1
  return attempts
}

/** When the first target can be called again, ms from now; undefined where one can be now, or none at any known time. */
export function soonestReturn({ targets }: Situation): number | undefined {
  let soonestMs = Number.POSITIVE_INFINITY
  for (const { circuit, keys, barredKeys } of targets) {
    let keyMs = Number.POSITIVE_INFINITY
    for (const { key, standing } of keys) {
      if (barredKeys.has(key) || standing.kind === 'disabled') continue
      keyMs = Math.min(keyMs, standing.kind === 'resting' ? standing.forMs : 0)
    }
    soonestMs = Math.min(soonestMs, Math.max(keyMs, circuit.admitted ? 0 : circuit.retryAfterMs))
  }
  return soonestMs > 0 && Number.isFinite(soonestMs) ? soonestMs : undefined
}

/** One attempt is kept back for every provider not yet tried. */
export function isReserved({ targets, tried, limits }: SpentAttempts): boolean {
  if (limits.max - tried.length > targets.length) return false
  const seen = new Set(tried.map(({ target }) => targets[target]?.provider))
  const untried = new Set(targets.map(({ provider }) => provider).filter((provider) => !seen.has(provider)))
  return untried.size > 0 && limits.max - tried.length <= untried.size
}
