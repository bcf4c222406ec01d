/**
 * How well the detectors find where an agent first went wrong, on labelled failures.
 * `npm run bench:detectors -- --data DIR`. Weights are fitted to all conversations but the one that is scored.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findFailures } from '../src/refinery/find-failures.ts'
import { rankOrigin } from '../src/refinery/origin/rank-origin.ts'
import { signalsOf } from '../src/refinery/origin/signals.ts'
import { carriedTable } from './detectors/carried.ts'
import { type Case, guess, line } from './detectors/case.ts'
import { fitWeights } from './detectors/fit.ts'
import { conversations, type Labelled, spanTraces } from './detectors/labelled.ts'
import { printPlanted } from './detectors/planted.ts'
import { mcNemar, percent, share } from './detectors/score.ts'
import { printSimulated } from './detectors/simulated.ts'

const { values } = parseArgs({ options: { data: { type: 'string', default: '../shared/data/failures' } } })
if (!existsSync(values.data)) {
  process.stderr.write(`there is no folder ${values.data}: name one with --data\n`)
  process.exit(2)
}

const found = (labelled: Labelled): Case => ({ ...labelled, failures: findFailures(labelled.trace.runs) })
const algorithm = conversations(join(values.data, 'who-and-when/algorithm-generated')).map(found)
const hand = conversations(join(values.data, 'who-and-when/hand-crafted')).map(found)
const simulated = spanTraces(join(values.data, 'mas-sim')).map(found)

const all = [...algorithm, ...hand]
const examples = all.map(({ failures, step }) => ({
  signals: signalsOf(failures.view, failures.findings),
  truth: step,
}))

const without = <Kind>(list: readonly Kind[], at: number) => list.filter((_, other) => other !== at)
const ranked = all.map((one, at) =>
  rankOrigin(one.failures.view, one.failures.findings, fitWeights(without(examples, at))),
)
const leaveOneOut = all.map((one, at) =>
  guess(
    one,
    (ranked[at] ?? []).map(({ step }) => step),
  ),
)
const ours = { algorithm: leaveOneOut.slice(0, algorithm.length), hand: leaveOneOut.slice(algorithm.length) }

/** Rules that need no detector. */
const trivial: Readonly<Record<string, (one: Case) => readonly number[]>> = {
  'step 1': () => [1, 2, 3],
  'before the first failing exit code': ({ failures: { view } }) => {
    const at = view.steps.findIndex(({ said }) => /exitcode: [1-9]/.test(said))
    return [Math.max(0, at - 1), at, at + 1]
  },
  'first message with a code block': ({ failures: { view } }) => {
    const found = view.steps.findIndex(({ said }) => said.includes('```'))
    const at = found < 0 ? 1 : found
    return [at, at + 1, at + 2]
  },
  'first actor turn': ({ failures: { view } }) => {
    const [opening] = view.steps.filter(({ kind }) => kind === 'model')
    const at = view.steps.findIndex(({ kind, agent }) => kind === 'model' && agent !== opening?.agent)
    return [Math.max(0, at), at + 1, at + 2]
  },
}

const print = (text: string) => process.stdout.write(`${text}\n`)
for (const [title, cases, guesses] of [
  ['Conversations, algorithm-generated', algorithm, ours.algorithm],
  ['Conversations, hand-crafted', hand, ours.hand],
] as const) {
  print(`\n${title}: ${cases.length} traces, 95 % intervals, each trace left out of the fit that scores it`)
  print(line('detectors and ranking', guesses))
  for (const [name, rule] of Object.entries(trivial)) {
    const theirs = cases.map((one) => guess(one, rule(one)))
    print(line(name, theirs))
    for (const key of ['agent', 'step'] as const) {
      const { won, lost, p } = mcNemar(
        guesses.map((one) => one[key]),
        theirs.map((one) => one[key]),
      )
      print(`${' '.repeat(36)} ${key}: ${won} won, ${lost} lost against it, McNemar p = ${p.toFixed(3)}`)
    }
  }
}
print(
  'published language models without the true answer: algorithm-generated best agent 51.1, best step 16.6; hand-crafted 53.4 and 8.8',
)

print(carriedTable(all, ranked, leaveOneOut))

const weights = fitWeights(examples)
print(
  `\nWeights fitted to all: ${JSON.stringify(Object.fromEntries(Object.entries(weights).map(([name, one]) => [name, Number(one.toFixed(2))])))}`,
)

const { guesses: masGuesses, categories: masCategory } = printSimulated(simulated, examples, print)
printPlanted(print)

const last = {
  ww_alg_agent: share(ours.algorithm.map(({ agent }) => agent)),
  ww_alg_step: share(ours.algorithm.map(({ step }) => step)),
  ww_alg_top3: share(ours.algorithm.map(({ top3 }) => top3)),
  ww_hand_agent: share(ours.hand.map(({ agent }) => agent)),
  ww_hand_step: share(ours.hand.map(({ step }) => step)),
  ww_hand_top3: share(ours.hand.map(({ top3 }) => top3)),
  mas_step: share(masGuesses.map(({ step }) => step)),
  mas_category: share(masCategory),
}
print(
  Object.entries(last)
    .map(([name, value]) => `${name}=${percent(value)}`)
    .join(' '),
)
