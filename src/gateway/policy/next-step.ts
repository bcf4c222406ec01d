/** What to do next with a request: one pure function over what was planned, what was tried, and how keys and circuits stand. */

import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { FaultClass } from '../../protocol/fault-kind.ts'
import {
  attemptsOn,
  freeKey,
  isFree,
  isReserved,
  obstacleAt,
  reservation,
  soonestRest,
  soonestReturn,
} from './reach.ts'
import type { Situation, SpentAttempts, Step, StepLimits, Tried } from './situation.ts'

export type { KeyView, Situation, SpentAttempts, Step, StepLimits, TargetView, Tried } from './situation.ts'

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
  const isUsedUp = situation.tried.length >= situation.limits.max
  if (last.fault.class === 'content_policy' && situation.mayRewrite && !isUsedUp)
    return { kind: 'rewrite', because: `${last.fault.code}: the prompt is rewritten once and asked again` }
  if (last.fault.retry === 'never') return giveUp(last.fault, 'another try cannot change this fault')
  if (isUsedUp)
    return giveUp(
      honest(situation, last.fault),
      `all ${situation.limits.max} attempts of the request are used`,
    )
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
  const attempts = attemptsOn(situation, target, key)
  if (view === undefined || attempts >= situation.limits.sameTry || !view.circuit.admitted) return undefined
  if (view.mayRepeat === false || isReserved(situation) || !isFree(view, key)) return undefined
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
  // The circuit may have opened under other requests since this one was let through.
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

/** Targets that were passed over come again only when nothing is left behind the furthest that was tried. */
function onward(situation: Situation, last: Tried): Step {
  const furthest = situation.tried.reduce((most, { target }) => Math.max(most, target), 0)
  return walk(situation, { from: furthest + 1, why: last.fault.code })
}

interface Walk {
  readonly from: number
  readonly why: string
}

/** The next target that may be called; then one that was passed over; then a rest that ends in time, or the end. */
function walk(situation: Situation, { from, why }: Walk): Step {
  let said = why
  for (let target = from; target < situation.targets.length; target += 1) {
    const view = situation.targets[target]
    if (view === undefined) continue
    const obstacle = obstacleAt(situation, target) ?? reservation(situation, target)
    if (obstacle === undefined) return callStep(situation, target, said)
    said += `; ${view.provider}/${view.model} passed over: ${obstacle}`
  }
  const second = situation.targets.findIndex(
    (_, target) => !wasTried(situation, target) && obstacleAt(situation, target) === undefined,
  )
  if (second < 0) return lastResort(situation, said)
  return callStep(situation, second, `${said}; nothing better is left`)
}

const wasTried = ({ tried }: Situation, target: number) => tried.some((one) => one.target === target)

function callStep(situation: Situation, target: number, said: string): Step {
  const { targets, tried } = situation
  const view = targets[target]
  const last = tried.at(-1)
  const isSame = last !== undefined && targets[last.target]?.provider === view?.provider
  return {
    kind: 'call',
    target,
    key: freeKey(situation, target) ?? '',
    waitMs: 0,
    next: isSame ? 'other_model' : 'other_provider',
    because: `${said}; next is ${view?.provider}/${view?.model}`,
  }
}

/** Nothing can be called now: wait for a named rest inside the deadline, else end with the truest status. */
function lastResort(situation: Situation, why: string): Step {
  const rests = situation.targets.flatMap((_, target) => {
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
  if (last)
    return onceMore(situation, last) ?? giveUp(honest(situation, last.fault), `${why}; no target is left`)
  return giveUp(untriedFault(situation, soonest !== undefined), why)
}

/** An answer that broke off may come whole the next time: where no other target is left, the same is asked again. */
function onceMore(situation: Situation, { target, key, fault }: Tried): Step | undefined {
  if (fault.class !== 'protocol' || fault.scope !== 'model') return undefined
  const view = situation.targets[target]
  const attempts = attemptsOn(situation, target, key)
  if (!view?.circuit.admitted || view.mayRepeat === false || !isFree(view, key)) return undefined
  if (attempts >= situation.limits.sameTry) return undefined
  const waitMs = backoffMs(situation.limits, attempts, situation.chance)
  if (waitMs >= situation.leftMs) return undefined
  const because = `${fault.code}: no other target is left, the same once more after ${Math.round(waitMs)} ms`
  return { kind: 'call', target, key, waitMs, next: 'retry', because }
}

/** Whether one more attempt may go to the provider that was tried last. */
export function maySpendOneMore(situation: SpentAttempts): boolean {
  return situation.tried.length < situation.limits.max && !isReserved(situation)
}

/** Where every target is shut for a known time, the fault names the shortest. */
function honest(situation: Situation, fault: Fault): Fault {
  const retryAfterMs = soonestReturn(situation)
  return retryAfterMs === undefined ? fault : { ...fault, retryAfterMs }
}

/** The fault of a request for which nothing could be called at all. */
function untriedFault(situation: Situation, isResting: boolean): Fault {
  const retryAfterMs = soonestReturn(situation)
  return isResting
    ? makeFault('all_targets_resting', 'every key of every target is resting', { retryAfterMs })
    : makeFault('all_targets_unavailable', 'no target may be called now', { retryAfterMs })
}

function outOfTime(last: Tried | undefined): Step {
  const cause = last ? `; the last fault was ${last.fault.code}: ${last.fault.message}` : ''
  return giveUp(
    makeFault('deadline_exceeded', `the time of the request is over${cause}`),
    'the deadline has passed',
  )
}

const giveUp = (fault: Fault, because: string): Step => ({ kind: 'give_up', fault, because })
