/** A labelled failure with what the rules found in it, and how a guess is judged. */

import type { Failures } from '../../src/refinery/find-failures.ts'
import type { Labelled } from './labelled.ts'
import { type Guess, shareText } from './score.ts'

export interface Case extends Labelled {
  readonly failures: Failures
}

/** `order` is the steps, the likeliest first. */
export function guess({ failures, step, agent }: Case, order: readonly number[]): Guess {
  const first = order[0] ?? -1
  return {
    step: first === step,
    near: Math.abs(first - step) <= 1,
    agent: failures.view.steps[first]?.agent === agent,
    top3: order.slice(0, 3).includes(step),
  }
}

export function line(name: string, guesses: readonly Guess[]): string {
  const columns = (['agent', 'step', 'near', 'top3'] as const).map((key) =>
    shareText(guesses.map((one) => one[key])),
  )
  return `${name.padEnd(36)} agent ${columns[0]}  step ${columns[1]}  ±1 ${columns[2]}  top 3 ${columns[3]}`
}
