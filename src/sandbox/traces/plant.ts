/** A fault that can be planted in a turn of a healthy agent, for the rule that should find it. */

import type { Act } from './act.ts'
import type { Turn } from './healthy-turns.ts'

export interface Planted {
  readonly acts: readonly Act[]
  /** Which of the acts the rule should name, from 0. */
  readonly at: number
  /** Which of them is where it first went wrong; `at` where nothing is said, `none` where nothing did. */
  readonly origin?: number | 'none'
}

export interface Plant {
  /** The detector's id. */
  readonly detector: string
  /** What the whole conversation begins with, where the rule looks at that. */
  readonly request?: string
  /** The turn it must stand in; anywhere in the middle where nothing is said. */
  readonly place?: 'last'
  /** Rests on tool calls, which not every shape of messages carries. */
  readonly needsCalls?: true
  /** Runs that the trace must have for the rule to judge. */
  readonly fewestRuns?: number
  readonly into: (turn: Turn, acts: readonly [Act, Act, Act]) => Planted
}
