/** Which targets a request should have called before it went on: the user's order, told anew. */

import type { FaultClass } from '../../../src/protocol/fault-kind.ts'
import type { Target } from '../../../src/protocol/plan.ts'
import { configAt, type Scene } from '../simulation/scene.ts'
import type { ObservedCircuits } from './circuits.ts'
import type { KeyOracle } from './keys.ts'
import { type CallStory, kindOf, noteOf, type RequestStory } from './stories.ts'
import { termsOf } from './terms.ts'

export interface Standings {
  readonly scene: Scene
  readonly circuits: ObservedCircuits
  readonly keys: KeyOracle
  /** By provider, when calls ended that it did not answer, ms. */
  readonly unanswered: ReadonlyMap<string, readonly number[]>
}

const ofTheKey: readonly (FaultClass | undefined)[] = ['auth', 'quota', 'rate_limit']

/** Keys of a target that may be lent now and that these calls have not used there. */
export function freeKeys(
  { scene, keys }: Standings,
  { target, prior, askedAtMs }: { target: Target; prior: readonly CallStory[]; askedAtMs: number },
  nowMs: number,
): readonly string[] {
  const used = prior.filter(({ note }) => isAt(note, target)).map(({ note }) => note.key)
  const then = configAt(scene, askedAtMs).providers.get(target.provider)?.keys ?? []
  const now = configAt(scene, nowMs).providers.get(target.provider)?.keys ?? []
  return now
    .filter((secret) => then.includes(secret))
    .map((secret) => `key_${secret}`)
    .filter((key) => !used.includes(key) && keys.standing({ ...target, key }, nowMs).kind === 'free')
}

export interface Situation {
  readonly story: RequestStory
  readonly prior: readonly CallStory[]
  readonly nowMs: number
}

export function isCallable(
  standings: Standings,
  { story, prior, nowMs }: Situation,
  target: Target,
): boolean {
  const terms = termsOf(configAt(standings.scene, nowMs))
  if (standings.circuits.mayRefuse(target, terms, nowMs)) return false
  const { atMs: askedAtMs } = story.scene
  return freeKeys(standings, { target, prior, askedAtMs }, nowMs).length > 0
}

/** Providers of the plan that were not called yet and could be. */
export function untriedProviders(standings: Standings, situation: Situation): ReadonlySet<string> {
  const { prior, story } = situation
  const { wanted } = story.scene
  const tried = new Set(prior.map(({ note }) => note.provider))
  const from = lastIndex(wanted, prior) + 1
  const untried = wanted.slice(from).filter((target) => !tried.has(target.provider))
  return new Set(
    untried.filter((target) => isCallable(standings, situation, target)).map((one) => one.provider),
  )
}

/** Targets before index `upTo` that should have been called before it. */
export function passedOver(standings: Standings, situation: Situation, upTo: number): readonly Target[] {
  const { story, prior } = situation
  const { wanted } = story.scene
  const last = prior.at(-1)
  const kind = last && kindOf(last)
  const reserved = isReserved(standings, story, prior)
  const lastAt = lastIndex(wanted, prior)
  const skipsProvider = kind?.scope === 'provider' || kind?.retry === 'other-provider'
  const tried = new Set(prior.map(({ note }) => note.provider))
  // A provider that never answered is left for the others, and comes again when nothing else is left.
  const silent = new Set(prior.filter(isSilent).map(({ note }) => note.provider))
  // What was passed over comes again only when nothing is left behind the furthest that was called.
  const furthest = Math.max(-1, ...prior.map((call) => lastIndex(wanted, [call])))
  const mayStay = ofTheKey.includes(kind?.class) && !reserved
  return wanted.slice(0, upTo).filter((target, at) => {
    const isSame = at === lastAt
    if (at <= furthest && !(isSame && mayStay)) return false
    if (!isSame && skipsProvider && target.provider === last?.note.provider) return false
    if (reserved && tried.has(target.provider)) return false
    if (upTo < wanted.length && silent.has(target.provider)) return false
    if (upTo < wanted.length && mayHoldBack(standings, target.provider, situation.nowMs)) return false
    if (prior.some((call) => isSilent(call) && isAt(call.note, target))) return false
    if (!canGoOn(standings.scene, situation, target)) return false
    if (prior.some((call) => kindOf(call)?.class === 'context_length' && isAt(call.note, target)))
      return false
    if (kind?.class === 'context_length' && last && !isLarger(standings.scene, target, last.note))
      return false
    return isCallable(standings, situation, target)
  })
}

/** It left so many calls unanswered that some of the next may be held back. */
function mayHoldBack({ scene, unanswered }: Standings, provider: string, nowMs: number): boolean {
  const { k, windowMs, minCalls } = termsOf(configAt(scene, nowMs)).throttle
  const lately = (unanswered.get(provider) ?? []).filter((atMs) => atMs > nowMs - windowMs)
  return lately.length >= minCalls * (1 - 1 / k)
}

const silence = ['upstream_connect_timeout', 'upstream_first_token_timeout', 'upstream_response_timeout']

const isSilent = ({ booked }: CallStory) => silence.includes(booked?.code ?? '')

/** No more attempts are left than there are providers that were not tried. */
function isReserved({ scene }: Standings, story: RequestStory, prior: readonly CallStory[]): boolean {
  const { wanted, atMs } = story.scene
  const tried = new Set(prior.map(({ note }) => note.provider))
  const untried = new Set(wanted.map(({ provider }) => provider).filter((provider) => !tried.has(provider)))
  return untried.size > 0 && configAt(scene, atMs).attempts.max - prior.length <= untried.size
}

/** Where an answer was begun, only a target that can go on with it is of use. */
function canGoOn({ providers }: Scene, { story, nowMs }: Situation, target: Target): boolean {
  const begun = noteOf(story, 'first_text')
  if (begun === undefined || begun.atMs > nowMs) return true
  const model = providers
    .find(({ name }) => name === target.provider)
    ?.models.find(({ name }) => name === target.model)
  return story.scene.recovery.some((way) => way !== 'prefill' || model?.prefill)
}

/** A larger context is only looked for where the catalogue knows both. */
function isLarger(scene: Scene, target: Target, last: Target): boolean {
  const statedOf = ({ provider, model }: Target) => {
    const found = scene.providers
      .find(({ name }) => name === provider)
      ?.models.find(({ name }) => name === model)
    return found?.isStated ? found.contextTokens : undefined
  }
  const here = statedOf(last)
  return here === undefined || (statedOf(target) ?? 0) > here
}

function lastIndex(wanted: readonly Target[], prior: readonly CallStory[]): number {
  const last = prior.at(-1)
  return last ? wanted.findIndex((target) => isAt(target, last.note)) : -1
}

export const isAt = (one: Target, other: Target) =>
  one.provider === other.provider && one.model === other.model
