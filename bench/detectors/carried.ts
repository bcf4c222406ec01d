/** What carried the decisions: the signals that spoke for the chosen step, and the findings that lie there. */

import type { RankedStep } from '../../src/refinery/origin/rank-origin.ts'
import type { Case } from './case.ts'
import type { Guess } from './score.ts'

export function carriedTable(
  cases: readonly Case[],
  ranked: readonly (readonly RankedStep[])[],
  guesses: readonly Guess[],
): string {
  const counts = new Map<string, { right: number; wrong: number }>()
  for (const [at, { failures }] of cases.entries()) {
    const [first] = ranked[at] ?? []
    if (!first) continue
    const found = failures.findings.filter(({ step, part }) => step === first.step && part === 'cause')
    const names = [
      ...first.because.map((signal) => `signal ${signal}`),
      ...new Set(found.map(({ detector, isHint }) => `finding ${detector}${isHint ? ' (a hint)' : ''}`)),
    ]
    for (const name of names.length > 0 ? names : ['neither signal nor finding, only the order of steps']) {
      const count = counts.get(name) ?? { right: 0, wrong: 0 }
      counts.set(
        name,
        guesses[at]?.step ? { ...count, right: count.right + 1 } : { ...count, wrong: count.wrong + 1 },
      )
    }
  }
  const rows = [...counts]
    .sort(([, one], [, other]) => other.right - one.right || other.wrong - one.wrong)
    .map(
      ([name, { right, wrong }]) =>
        `  ${name.padEnd(52)} ${String(right).padStart(3)} right ${String(wrong).padStart(3)} wrong`,
    )
  return `\nWhat carried the decision, by whether the step was right:\n${rows.join('\n')}`
}
