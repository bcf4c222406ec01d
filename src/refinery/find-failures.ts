/** Runs the detectors over a trace and says where it first went wrong. */

import { createHash } from 'node:crypto'
import type { Run } from '../protocol/run.ts'
import { type Category, categories } from './categories.ts'
import { detectors } from './detectors/all.ts'
import type { Detector, Spot, TraceView } from './detectors/detector.ts'
import { type RankedStep, rankOrigin } from './origin/rank-origin.ts'
import { type Step, toSteps } from './step.ts'

export interface Finding extends Spot {
  /** The same for the same fault in the same trace, so that it can be suppressed. */
  readonly id: string
  readonly detector: string
  readonly category: Category
  readonly isHint?: true
  readonly runId: string
  readonly agent: string
}

export interface Failures {
  readonly view: TraceView
  /** The surest first; of equal ones the earlier. */
  readonly findings: readonly Finding[]
  readonly ranking: readonly RankedStep[]
}

export interface FindOptions {
  /** Ids of detectors that are switched off. */
  readonly off?: ReadonlySet<string>
  /** Ids of findings that a person marked wrong. */
  readonly suppressed?: ReadonlySet<string>
}

export function findFailures(runs: readonly Run[], options: FindOptions = {}): Failures {
  const steps = toSteps(runs)
  const view: TraceView = { steps, request: requestOf(steps) }
  const active = detectors.filter(({ id }) => !options.off?.has(id))
  const findings = active
    .flatMap((detector) => detector.find(view).map((spot) => toFinding(detector, spot, steps)))
    .filter(({ id }) => !options.suppressed?.has(id))
    .sort((one, other) => other.confidence - one.confidence || one.step - other.step)
  return { view, findings, ranking: steps.length === 0 ? [] : rankOrigin(view, findings) }
}

/** What a person asked, else what the outermost step was given. */
function requestOf(steps: readonly Step[]): string {
  const asked = steps.find(({ kind, said }) => kind === 'request' && said !== '')
  if (asked) return asked.said
  return steps.find(({ heard }) => heard !== '')?.heard ?? ''
}

function toFinding(
  { id: detector, category, isHint }: Detector,
  spot: Spot,
  steps: readonly Step[],
): Finding {
  const step = steps[spot.step]
  const runId = step?.runId ?? ''
  const id = createHash('sha256').update(`${detector}\n${runId}\n${spot.quote}`).digest('hex').slice(0, 12)
  return {
    ...spot,
    id: `f_${id}`,
    detector,
    category,
    runId,
    agent: step?.agent ?? '',
    ...(isHint ? { isHint } : {}),
  }
}

export const titleOf = (category: Category): string => categories[category].title
