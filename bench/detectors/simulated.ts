/** The simulated agents, stripped of what leaks: scored with weights that were not fitted to the trace that is scored. */

import { categories } from '../../src/refinery/categories.ts'
import { rankOrigin, type Weights } from '../../src/refinery/origin/rank-origin.ts'
import { signalsOf } from '../../src/refinery/origin/signals.ts'
import { type Case, guess, line } from './case.ts'
import { type Example, fittedSignals, fitWeights } from './fit.ts'
import { shareText } from './score.ts'

/** Here the weight of findings is fitted too, not set by hand. */
const signals = [...fittedSignals, 'finding'] as const

export function printSimulated(
  cases: readonly Case[],
  conversations: readonly Example[],
  print: (text: string) => void,
) {
  const examples = cases.map(({ failures, step }) => ({
    signals: signalsOf(failures.view, failures.findings),
    truth: step,
  }))
  const judge = (weightsFor: (at: number) => Weights) => {
    const firsts = cases.map(({ failures: { view, findings } }, at) =>
      rankOrigin(view, findings, weightsFor(at)).map(({ step }) => step),
    )
    return {
      guesses: cases.map((one, at) => guess(one, firsts[at] ?? [])),
      categories: cases.map((one, at) => categoryIsRight(one, firsts[at]?.[0])),
    }
  }
  const kept = (keep: (other: number) => boolean) =>
    fitWeights([...conversations, ...examples.filter((_, other) => keep(other))], signals)
  const byTrace = judge((at) => kept((other) => other !== at))
  const byCategory = judge((at) => kept((other) => cases[other]?.category !== cases[at]?.category))
  print(
    `\nSimulated agents: ${cases.length} traces without faults, metadata, ids and names of files; all weights fitted, that of findings too`,
  )
  print(line('each trace left out of the fit', byTrace.guesses))
  print(`${' '.repeat(36)} category ${shareText(byTrace.categories)}`)
  print(line('each category left out of the fit', byCategory.guesses))
  print(`${' '.repeat(36)} category ${shareText(byCategory.categories)}`)
  print(
    'The rules themselves were written with these traces in sight: that part no cross-validation can undo.',
  )
  return byTrace
}

function categoryIsRight({ failures, category }: Case, step: number | undefined): boolean {
  const finding = failures.findings.find((one) => one.step === step && one.part === 'cause')
  return finding !== undefined && categories[finding.category].agentrx === category
}
