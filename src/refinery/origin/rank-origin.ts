/** Where did it first go wrong: every step with a score, the likeliest first. */

import type { TraceView } from '../detectors/detector.ts'
import { type Found, type SignalName, type Signals, signalsOf } from './signals.ts'

export type Weights = Readonly<Record<SignalName, number>>

/**
 * Log-odds of a step against the others of its trace (conditional logit, McFadden 1974). Fitted by
 * `npm run bench:detectors`, which reports what such weights score on traces they were not fitted to; two are set
 * by hand: `finding`, above the sum of all others, so that evidence of a fault outweighs where a step stands, and
 * `around`, for what went wrong went wrong in a step and not in what holds it.
 */
export const originWeights: Weights = {
  firstAttempt: 1.32,
  opening: 0.04,
  toolReport: -0.88,
  closing: -0.47,
  around: -4,
  assumption: 0.85,
  newFigures: 1.73,
  finding: 8,
}

export interface RankedStep {
  readonly step: number
  readonly score: number
  /** Share of all steps' odds, 0 to 1. */
  readonly probability: number
  /** What spoke for it, the strongest first. */
  readonly because: readonly SignalName[]
}

/** Of equal steps the earlier stands first. */
export function rankOrigin(
  view: TraceView,
  found: readonly Found[],
  weights: Weights = originWeights,
): readonly RankedStep[] {
  const scored = signalsOf(view, found).map((signals, step) => ({
    step,
    score: scoreOf(signals, weights),
    because: reasonsOf(signals, weights),
  }))
  const top = Math.max(...scored.map(({ score }) => score))
  const total = scored.reduce((sum, { score }) => sum + Math.exp(score - top), 0)
  return scored
    .map((one) => ({ ...one, probability: Math.exp(one.score - top) / total }))
    .sort((one, other) => other.score - one.score || one.step - other.step)
}

const names = [
  'firstAttempt',
  'opening',
  'toolReport',
  'closing',
  'around',
  'assumption',
  'newFigures',
  'finding',
] as const

export const scoreOf = (signals: Signals, weights: Weights): number =>
  names.reduce((sum, name) => sum + signals[name] * weights[name], 0)

function reasonsOf(signals: Signals, weights: Weights): readonly SignalName[] {
  const part = (name: SignalName) => signals[name] * weights[name]
  return names.filter((name) => part(name) >= 0.8).sort((one, other) => part(other) - part(one))
}
