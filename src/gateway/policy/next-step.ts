/** What to do next with a request: one pure function over what was planned, what was tried, and how keys and circuits stand. */

import { type Fault, type FaultClass, makeFault } from '../../protocol/fault.ts'
import type { NextKind, Target } from '../../protocol/plan.ts'
import type { Admission } from './breaker.ts'
import type { KeyStanding } from './key-health.ts'

export interface KeyView {
  /** Fingerprint. */
  readonly key: string
  readonly standing: KeyStanding
}

/** A target as it stands now. `keys` are in the order in which they should be lent. */
export interface TargetView extends Target {
  readonly keys: readonly KeyView[]
  readonly circuit: Admission
  /** Tokens the model reads; absent means not known. */
  readonly contextTokens?: number
  /** The pair (key, model) is known not to be allowed. */
  readonly barredKeys: ReadonlySet<string>
  /** What rules it out for this request as it stands now. */
  readonly unfit?: string
}

export interface Tried {
  /** Index into the targets. */
  readonly target: number
  readonly key: string
  readonly fault: Fault
}

export interface StepLimits {
  readonly max: number
  readonly sameTry: number
  readonly baseMs: number
  readonly maxMs: number
  readonly patienceMs: number
  /** A fault of no known kind ends the request instead of being tried elsewhere. */
  readonly unknownIsFatal: boolean
}

export interface Situation {
  readonly targets: readonly TargetView[]
  readonly tried: readonly Tried[]
  readonly limits: StepLimits
  /** Time left until the request's deadline, ms. */
  readonly leftMs: number
  /** In [0, 1); spreads back-off. */
  readonly chance: number
}

/** What it takes to know how many attempts are left, and for whom. */
export interface SpentAttempts {
  readonly targets: readonly Target[]
  readonly tried: readonly Tried[]
  readonly limits: StepLimits
}

export type Step =
  | {
      readonly kind: 'call'
      readonly target: number
      readonly key: string
      readonly waitMs: number
      readonly next: NextKind
      readonly because: string
    }
  | { readonly kind: 'give_up'; readonly fault: Fault; readonly because: string }

/** Faults of the provider's state that one more call to the same place may not meet again. */
const cheapToRepeat: ReadonlySet<FaultClass> = new Set(['overloaded', 'server', 'connection', 'unknown'])
/** Faults that speak of a key and leave the target itself in order. */
const ofTheKey: ReadonlySet<FaultClass> = new Set(['auth', 'quota', 'rate_limit'])

export function nextStep(situation: Situation): Step {
  const last = situation.tried.at(-1)
  if (situation.leftMs <= 0) return outOfTime(last)
  if (last === undefined) return walk(situation, { from: 0, why: 'the first target of the plan' })
  if (last.fault.class === 'unknown' && situation.limits.unknownIsFatal)
    return giveUp(last.fault, 'faults of no known kind are configured to be fatal')
  if (last.fault.retry === 'never') return giveUp(last.fault, 'another try cannot change this fault')
  if (situation.tried.length >= situation.limits.max)
    return giveUp(last.fault, `all ${situation.limits.max} attempts of the request are used`)
  return (
    repeat(situation, last) ??
    otherKey(situation, last) ??
    patience(situation, last) ??
    onward(situation, last)
  )
}

/** Once more on the same try, after a jittered back-off. */
function repeat(situation: Situation, last: Tried): Step | undefined {
  const { fault, target, key } = last
  if (fault.retry !== 'same-key' || !cheapToRepeat.has(fault.class)) return undefined
  const view = situation.targets[target]
  const attempts = attemptsOn(situation.tried, target, key)
  if (view === undefined || attempts >= situation.limits.sameTry || !view.circuit.admitted) return undefined
  if (isReserved(situation) || !isFree(view, key)) return undefined
  const waitMs = fault.retryAfterMs ?? backoffMs(situation.limits, attempts, situation.chance)
  if (waitMs > situation.limits.patienceMs || waitMs >= situation.leftMs) return undefined
  return {
    kind: 'call',
    target,
    key,
    waitMs,
    next: 'retry',
    because: `${fault.code}: once more after ${Math.round(waitMs)} ms`,
  }
}

/** Full jitter: anything up to a bound that doubles with each attempt (AWS Architecture Blog, 2015). */
export function backoffMs(limits: StepLimits, attempts: number, chance: number): number {
  return chance * Math.min(limits.maxMs, limits.baseMs * 2 ** (attempts - 1))
}

function otherKey(situation: Situation, last: Tried): Step | undefined {
  if (!ofTheKey.has(last.fault.class) || isReserved(situation)) return undefined
  // Other requests may have opened the circuit meanwhile.
  if (!situation.targets[last.target]?.circuit.admitted) return undefined
  const key = freeKey(situation, last.target)
  if (key === undefined) return undefined
  return {
    kind: 'call',
    target: last.target,
    key,
    waitMs: 0,
    next: 'other_key',
    because: `${last.fault.code} on ${last.key}: ${key} is free for the same model`,
  }
}

/** The order of targets is the user's wish: a short rest the provider named is waited for. */
function patience(situation: Situation, last: Tried): Step | undefined {
  if (last.fault.class !== 'rate_limit' || isReserved(situation)) return undefined
  const rest = soonestRest(situation, last.target)
  if (!rest?.named || rest.forMs > situation.limits.patienceMs || rest.forMs >= situation.leftMs)
    return undefined
  const because = `${last.fault.code}: every key rests, ${rest.key} is back in ${Math.ceil(rest.forMs)} ms`
  return { kind: 'call', target: last.target, key: rest.key, waitMs: rest.forMs, next: 'wait', because }
}

function onward(situation: Situation, last: Tried): Step {
  const here = situation.targets[last.target]
  const skipsProvider = last.fault.scope === 'provider' || last.fault.retry === 'other-provider'
  return walk(situation, {
    from: last.target + 1,
    why: last.fault.code,
    onlyUntried: isReserved(situation),
    ...(skipsProvider && here ? { notProvider: here.provider } : {}),
    ...(last.fault.class === 'context_length' && here?.contextTokens
      ? { contextAbove: here.contextTokens }
      : {}),
  })
}

interface Walk {
  readonly from: number
  readonly why: string
  readonly notProvider?: string
  /** What is left of the attempts is kept for providers that were not tried yet. */
  readonly onlyUntried?: boolean
  readonly contextAbove?: number
}

/** The next target that may be called; where none is left, a rest that ends in time, or the end. */
function walk(situation: Situation, options: Walk): Step {
  const passed: string[] = []
  const here = situation.targets[options.from - 1]
  for (let target = options.from; target < situation.targets.length; target += 1) {
    const view = situation.targets[target]
    if (view === undefined) continue
    const obstacle = obstacleAt(situation, target, options)
    if (obstacle === undefined) {
      const next = here === undefined || here.provider !== view.provider ? 'other_provider' : 'other_model'
      const because = [options.why, ...passed, `next is ${view.provider}/${view.model}`].join('; ')
      return { kind: 'call', target, key: freeKey(situation, target) ?? '', waitMs: 0, next, because }
    }
    passed.push(`${view.provider}/${view.model} passed over: ${obstacle}`)
  }
  return lastResort(situation, { ...options, why: [options.why, ...passed].join('; ') })
}

function obstacleAt(situation: Situation, target: number, options: Walk): string | undefined {
  const view = situation.targets[target]
  if (view === undefined) return 'not in the plan'
  if (options.notProvider === view.provider) return 'the same provider'
  const lasting = lastingObstacle(situation, target, options)
  if (lasting !== undefined) return lasting
  if (!view.circuit.admitted) return `its circuit is open for ${Math.ceil(view.circuit.retryAfterMs)} ms`
  if (freeKey(situation, target) !== undefined) return undefined
  const rest = soonestRest(situation, target)
  return rest
    ? `its keys rest, the first until ${Math.ceil(rest.forMs)} ms from now`
    : 'no key of it may be used'
}

/** What no wait takes away. */
function lastingObstacle(situation: Situation, target: number, options: Walk): string | undefined {
  const view = situation.targets[target]
  if (view?.unfit !== undefined) return view.unfit
  if (options.onlyUntried && providersTried(situation).has(view?.provider))
    return 'the attempts that are left are kept for other providers'
  if (options.contextAbove !== undefined && (view?.contextTokens ?? 0) <= options.contextAbove)
    return 'its context is not known to be larger'
  const wasTooLong = situation.tried.some(
    (tried) => tried.target === target && tried.fault.class === 'context_length',
  )
  return wasTooLong ? 'the request is too long for it' : undefined
}

/** Nothing can be called now: wait for a named rest inside the deadline, else end with the truest status. */
function lastResort(situation: Situation, options: Walk): Step {
  const { why } = options
  const rests = situation.targets.flatMap((_, target) => {
    if (lastingObstacle(situation, target, options) !== undefined) return []
    const rest = soonestRest(situation, target)
    return rest ? [{ ...rest, target }] : []
  })
  const soonest = rests.sort((one, other) => one.forMs - other.forMs)[0]
  if (soonest?.named && soonest.forMs < situation.leftMs)
    return {
      kind: 'call',
      target: soonest.target,
      key: soonest.key,
      waitMs: soonest.forMs,
      next: 'wait',
      because: `${why}; ${soonest.key} is back in ${Math.ceil(soonest.forMs)} ms`,
    }
  const last = situation.tried.at(-1)
  if (last) return onceMore(situation, last) ?? giveUp(last.fault, `${why}; no target is left`)
  return giveUp(untriedFault(situation, soonest?.forMs), why)
}

/** An answer that broke off may come whole the next time: where no other target is left, the same is asked again. */
function onceMore(situation: Situation, { target, key, fault }: Tried): Step | undefined {
  if (fault.class !== 'protocol' || fault.scope !== 'model') return undefined
  const view = situation.targets[target]
  const attempts = attemptsOn(situation.tried, target, key)
  if (!view?.circuit.admitted || !isFree(view, key) || attempts >= situation.limits.sameTry) return undefined
  const waitMs = backoffMs(situation.limits, attempts, situation.chance)
  if (waitMs >= situation.leftMs) return undefined
  const because = `${fault.code}: no other target is left, the same once more after ${Math.round(waitMs)} ms`
  return { kind: 'call', target, key, waitMs, next: 'retry', because }
}

/** The fault of a request for which nothing could be called at all. */
function untriedFault(situation: Situation, restMs: number | undefined): Fault {
  const circuits = situation.targets.flatMap(({ circuit }) =>
    circuit.admitted ? [] : [circuit.retryAfterMs],
  )
  if (restMs !== undefined && circuits.length < situation.targets.length)
    return makeFault('all_targets_resting', 'every key of every target is resting', { retryAfterMs: restMs })
  const waits = restMs === undefined ? circuits : [...circuits, restMs]
  const retryAfterMs = waits.length > 0 ? Math.min(...waits) : undefined
  return makeFault('all_targets_unavailable', 'no target may be called now', { retryAfterMs })
}

/** Other requests may have sent the key to rest meanwhile. */
const isFree = ({ keys, unfit }: TargetView, key: string) =>
  unfit === undefined && keys.some((view) => view.key === key && view.standing.kind === 'free')

function freeKey(situation: Situation, target: number): string | undefined {
  const view = situation.targets[target]
  if (view?.unfit !== undefined) return undefined
  const used = new Set(situation.tried.filter((tried) => tried.target === target).map(({ key }) => key))
  return view?.keys.find(
    ({ key, standing }) => standing.kind === 'free' && !used.has(key) && !view.barredKeys.has(key),
  )?.key
}

function soonestRest(situation: Situation, target: number) {
  const view = situation.targets[target]
  if (view === undefined || view.unfit !== undefined || !view.circuit.admitted) return undefined
  let soonest: { key: string; forMs: number; named: boolean } | undefined
  for (const { key, standing } of view.keys) {
    if (standing.kind !== 'resting' || view.barredKeys.has(key)) continue
    if (attemptsOn(situation.tried, target, key) >= situation.limits.sameTry) continue
    if (soonest === undefined || standing.forMs < soonest.forMs)
      soonest = { key, forMs: standing.forMs, named: standing.named }
  }
  return soonest
}

function attemptsOn(tried: readonly Tried[], target: number, key: string): number {
  return tried.filter((one) => one.target === target && one.key === key).length
}

/** Whether one more attempt may go to the provider that was tried last. */
export function maySpendOneMore(situation: SpentAttempts): boolean {
  return situation.tried.length < situation.limits.max && !isReserved(situation)
}

/** One attempt is kept back for every provider not yet tried. */
function isReserved({ targets, tried, limits }: SpentAttempts): boolean {
  const seen = providersTried({ targets, tried })
  const untried = new Set(targets.map(({ provider }) => provider).filter((provider) => !seen.has(provider)))
  return untried.size > 0 && limits.max - tried.length <= untried.size
}

function providersTried({ targets, tried }: Pick<SpentAttempts, 'targets' | 'tried'>) {
  return new Set(tried.map(({ target }) => targets[target]?.provider))
}

function outOfTime(last: Tried | undefined): Step {
  const cause = last ? `; the last fault was ${last.fault.code}: ${last.fault.message}` : ''
  return giveUp(
    makeFault('deadline_exceeded', `the time of the request is over${cause}`),
    'the deadline has passed',
  )
}

const giveUp = (fault: Fault, because: string): Step => ({ kind: 'give_up', fault, because })
