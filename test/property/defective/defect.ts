/** A defect as gateways really had it, put in the place of the right thing, and the invariant that has to catch it. */

import type { Replaced } from '../simulation/simulate.ts'

export interface Defect {
  /** What is wrong. */
  readonly name: string
  /** Made anew for each run, so that no state is carried over. */
  readonly replaced: () => Replaced
  /** Name of the invariant that has to find it. */
  readonly caughtBy: string
  /** The first seed that is tried; 1 where earlier ones show it. */
  readonly from?: number
  /** The last seed by which it has to be found. */
  readonly within: number
}
