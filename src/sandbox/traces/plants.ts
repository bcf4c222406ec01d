/** Faults that are planted in a turn of a healthy agent, each for the rule that should find it. */

import type { Plant } from './plant.ts'
import { plantsInCalls } from './plants-in-calls.ts'
import { plantsInSteps } from './plants-in-steps.ts'
import { plantsInWords } from './plants-in-words.ts'

export const plants: readonly Plant[] = [...plantsInCalls, ...plantsInWords, ...plantsInSteps]
