/** What is written down of a run: how circuits, keys and targets stood at each call and at each end. */

import type { Target } from '../../../src/protocol/plan.ts'
import type { Before, Booking, Due, MoveTopic, Refusal } from './circuits.ts'
import type { Standing } from './keys.ts'
import type { CallStory, RequestStory } from './stories.ts'
import type { Terms } from './terms.ts'

/** How things stood when a call was let out. */
export interface CallFacts {
  readonly story: RequestStory
  readonly call: CallStory
  readonly terms: Terms
  readonly refusals: readonly Refusal[]
  readonly key: Standing
  readonly isConfigured: boolean
  /** Place of its target in the user's order; -1 where it has none. */
  readonly place: number
  /** Earlier targets that could have been called; absent where the choice was made at another time. */
  readonly passedOver?: readonly Target[]
  /** Attempts that are left after it, and the providers that waited for their first when it was chosen and still do. */
  readonly left: number
  readonly untried: readonly string[]
}

export interface MoveFacts {
  readonly circuit: string
  readonly topic: MoveTopic
  readonly atMs: number
  readonly openForMs: number
  readonly before: Before
  /** The end of a call at the same moment. */
  readonly cause?: Booking
  readonly wasDue: boolean
  readonly terms: Terms
}

export interface RestFacts {
  readonly call: CallStory
  readonly atMs: number
  readonly restForMs: number
  /** What was left of an earlier rest, ms. */
  readonly leftMs: number
  /** The engine chose how long. */
  readonly isChosen: boolean
  readonly terms: Terms
}

export interface StartFacts {
  readonly story: RequestStory
  readonly atMs: number
  /** A wanted target could be called. */
  readonly isFree: boolean
}

export interface EndFacts {
  readonly story: RequestStory
  readonly atMs: number
  /** Targets that could be called when it gave up. */
  readonly callable: readonly Target[]
}

export interface Observed {
  readonly calls: readonly CallFacts[]
  readonly moves: readonly MoveFacts[]
  /** Moves that were due and did not come. */
  readonly missed: readonly (Due & { readonly atMs: number })[]
  readonly rests: readonly RestFacts[]
  /** Requests that were taken and may begin. */
  readonly starts: readonly StartFacts[]
  readonly gaveUp: readonly EndFacts[]
  /** Requests of the calm for which, when they asked, some good key of their target was free. */
  readonly answerable: ReadonlySet<string>
  /** Circuits that are not closed at the end. */
  readonly openCircuits: readonly string[]
}
