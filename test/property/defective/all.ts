/** Every defect that the invariants have to catch. */

import { circuitDefects } from './circuit-defects.ts'
import type { Defect } from './defect.ts'
import { keyDefects } from './key-defects.ts'
import { partDefects } from './part-defects.ts'
import { stepDefects } from './step-defects.ts'

/** In the decisions of the engine. */
export const defectivePolicies: readonly Defect[] = [...circuitDefects, ...keyDefects, ...stepDefects]

export const allDefects: readonly Defect[] = [...defectivePolicies, ...partDefects]
