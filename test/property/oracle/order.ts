/** Which targets a request should have called before it went on: the user's order, told anew. */

import type { FaultClass } from '../../../src/protocol/fault.ts'
import type { Target } from '../../../src/protocol/plan.ts'
import type { Scene } from '../simulation/scene.ts'
import type { CircuitOracle } from './circuits.ts'
import type { KeyOracle } from './keys.ts'
import { type CallStory, kindOf, type RequestStory } from './stories.ts'

export interface Standings {
  readonly scene: Scene
  readonly circuits: CircuitOracle
  readonly keys: KeyOracle
}

const ofTheKey: readonly (FaultClass | undefined)[] = ['auth', 'quota', 'rate_limit']

/** Keys of a target that may be lent now and that these calls have not used there. */
export function freeKeys(
  { scene, keys }: Standings,
  target: Target,
  prior: readonly CallStory[],
  nowMs: number,
): readonly string[] {
  const used = prior.filter(({ note }) => isAt(note, target)).map(({ note }) => note.key)
  return (scene.config.providers.get(target.provider)?.keys ?? [])
    .map((secret) => `key_${secret}`)
    .filter((key) => !used.includes(key) && keys.standing({ ...target, key }, nowMs).kind === 'free')
}

export function isCallable(
  standings: Standings,
  target: Target,
  prior: readonly CallStory[],
  nowMs: number,
): boolean {
  if (standings.circuits.refusals(target, nowMs).length > 0) return false
  return freeKeys(standings, target, prior, nowMs).length > 0
}

/** Providers of the plan that were not called yet and could be. */
export function untriedProviders(
  standings: Standings,
  { scene: { wanted } }: RequestStory,
  prior: readonly CallStory[],
  nowMs: number,
): ReadonlySet<string> {
  const tried = new Set(prior.map(({ note }) => note.provider))
  const from = lastIndex(wanted, prior) + 1
  const untried = wanted.slice(from).filter((target) => !tried.has(target.provider))
  return new Set(
    untried.filter((target) => isCallable(standings, target, prior, nowMs)).map((one) => one.provider),
  )
}

/** Targets before index `upTo` that should have been called before it. */
export function passedOver(
  standings: Standings,
  story: RequestStory,
  about: { readonly prior: readonly CallStory[]; readonly upTo: number; readonly nowMs: number },
): readonly Target[] {
  const { wanted } = story.scene
  const { prior, upTo, nowMs } = about
  const last = prior.at(-1)
  const kind = last && kindOf(last)
  const reserved = isReserved(standings, wanted, prior)
  const lastAt = lastIndex(wanted, prior)
  const skipsProvider = kind?.scope === 'provider' || kind?.retry === 'other-provider' || reserved
  const from = ofTheKey.includes(kind?.class) && !reserved ? lastAt : lastAt + 1
  return wanted.slice(Math.max(0, from), upTo).filter((target, offset) => {
    const isSame = Math.max(0, from) + offset === lastAt
    if (!isSame && skipsProvider && target.provider === last?.note.provider) return false
    if (kind?.class === 'context_length' && last && !isLarger(standings.scene, target, last.note))
      return false
    return isCallable(standings, target, prior, nowMs)
  })
}

function isReserved({ scene }: Standings, wanted: readonly Target[], prior: readonly CallStory[]): boolean {
  const tried = new Set(prior.map(({ note }) => note.provider))
  const untried = new Set(wanted.map(({ provider }) => provider).filter((provider) => !tried.has(provider)))
  return untried.size > 0 && scene.config.attempts.max - prior.length <= untried.size
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
