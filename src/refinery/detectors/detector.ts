/** What a detector is given and gives: pure, one file each, explainable in one sentence. */

import type { Category } from '../categories.ts'
import type { Step } from '../step.ts'

export interface TraceView {
  readonly steps: readonly Step[]
  /** What was asked of the agent at the outset. */
  readonly request: string
}

/** A place where something went wrong. */
export interface Spot {
  readonly step: number
  /** Stands word for word in what that step was told, heard or said. */
  readonly quote: string
  /** For people: what is wrong here. */
  readonly says: string
  /** 0 to 1: how often a spot of this kind is right, as far as the rule can tell. */
  readonly confidence: number
  /** A symptom shows that something went wrong before. */
  readonly part: 'cause' | 'symptom'
  /** What to change, for people. */
  readonly remedy?: string
}

export interface Detector {
  readonly id: string
  readonly category: Category
  /** The rule in one sentence, as a user may read it. */
  readonly sentence: string
  /** Shows that something is odd, too often without a fault there to decide where it began. */
  readonly isHint?: true
  find(view: TraceView): readonly Spot[]
}
