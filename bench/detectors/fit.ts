/** Fits the weights of the origin's signals: conditional logit with a penalty, by gradient ascent. */

import type { Weights } from '../../src/refinery/origin/rank-origin.ts'
import { originWeights, scoreOf } from '../../src/refinery/origin/rank-origin.ts'
import type { SignalName, Signals } from '../../src/refinery/origin/signals.ts'

export interface Example {
  readonly signals: readonly Signals[]
  readonly truth: number
}

export const fittedSignals: readonly SignalName[] = [
  'firstAttempt',
  'opening',
  'toolReport',
  'closing',
  'assumption',
  'newFigures',
]
const penalty = 3
const rounds = 80
const pace = 0.6

/** `fitted` are the weights that are found; the others keep what is set by hand. */
export function fitWeights(
  examples: readonly Example[],
  fitted: readonly SignalName[] = fittedSignals,
): Weights {
  let weights: Weights = { ...originWeights, ...Object.fromEntries(fitted.map((name) => [name, 0])) }
  for (let round = 0; round < rounds; round += 1) {
    const gradient = new Map(fitted.map((name) => [name, -penalty * weights[name]]))
    for (const { signals, truth } of examples) addGradient(gradient, signals, truth, weights)
    const step = pace / examples.length
    weights = {
      ...weights,
      ...Object.fromEntries(fitted.map((name) => [name, weights[name] + step * (gradient.get(name) ?? 0)])),
    }
  }
  return weights
}

function addGradient(
  gradient: Map<SignalName, number>,
  signals: readonly Signals[],
  truth: number,
  weights: Weights,
): void {
  const scores = signals.map((one) => scoreOf(one, weights))
  const top = Math.max(...scores)
  const odds = scores.map((score) => Math.exp(score - top))
  const total = odds.reduce((sum, one) => sum + one, 0)
  for (const name of gradient.keys()) {
    const expected = signals.reduce((sum, one, at) => sum + (one[name] * (odds[at] ?? 0)) / total, 0)
    gradient.set(name, (gradient.get(name) ?? 0) + (signals[truth]?.[name] ?? 0) - expected)
  }
}
