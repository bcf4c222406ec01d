/** The invariants, in the order of the design's list. */

import type { Invariant } from './invariant.ts'
import { ofRequests } from './of-requests.ts'
import { ofTheProcess } from './of-the-process.ts'

export const allInvariants: readonly Invariant[] = [...ofRequests, ...ofTheProcess]
