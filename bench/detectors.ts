/**
 * How well the detectors find where an agent first went wrong, on labelled failures.
 * `npm run bench:detectors -- --data DIR`. Weights are fitted to all conversations but the one that is scored.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { categories } from '../src/refinery/categories.ts'
import { type Failures, findFailures } from '../src/refinery/find-failures.ts'
import { rankOrigin, type Weights } from '../src/refinery/origin/rank-origin.ts'
import { signalsOf } from '../src/refinery/origin/signals.ts'
import { fitWeights } from './detectors/fit.ts'
import { conversations, type Labelled, spanTraces } from './detectors/labelled.ts'
import { type Guess, mcNemar, percent, share, shareText } from './detectors/score.ts'

const { values } = parseArgs({ options: { data: { type: 'string', default: '../shared/data/failures' } } })
if (!existsSync(values.data)) {
  process.stderr.write(`there is no folder ${values.data}: name one with --data\n`)
  process.exit(2)
}

interface Case extends Labelled {
  readonly failures: Failures
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

function guess({ failures, step, agent }: Case, order: readonly number[]): Guess {
  const first = order[0] ?? -1
  return {
    step: first === step,
    near: Math.abs(first - step) <= 1,
    agent: failures.view.steps[first]?.agent === agent,
    top3: order.slice(0, 3).includes(step),
  }
}

const order = ({ failures }: Case, weights: Weights) =>
  rankOrigin(failures.view, failures.findings, weights).map(({ step }) => step)
const leaveOneOut = all.map((one, at) =>
  guess(one, order(one, fitWeights(examples.filter((_, other) => other !== at)))),
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

function line(name: string, guesses: readonly Guess[]): string {
  const columns = (['agent', 'step', 'near', 'top3'] as const).map((key) =>
    shareText(guesses.map((one) => one[key])),
  )
  return `${name.padEnd(36)} agent ${columns[0]}  step ${columns[1]}  ±1 ${columns[2]}  top 3 ${columns[3]}`
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

print('\nWhich signals carried the decision where the step was right:')
const carried = new Map<string, number>()
for (const [at, one] of all.entries())
  if (leaveOneOut[at]?.step)
    for (const reason of one.failures.ranking[0]?.because ?? [])
      carried.set(reason, (carried.get(reason) ?? 0) + 1)
for (const [reason, count] of carried) print(`  ${reason}: ${count}`)

const weights = fitWeights(examples)
print(
  `\nWeights fitted to all: ${JSON.stringify(Object.fromEntries(Object.entries(weights).map(([name, one]) => [name, Number(one.toFixed(2))])))}`,
)

const masGuesses = simulated.map((one) =>
  guess(
    one,
    one.failures.ranking.map(({ step }) => step),
  ),
)
const masCategory = simulated.map(({ failures, category }) => {
  const step = failures.ranking[0]?.step
  const finding = failures.findings.find((one) => one.step === step && one.part === 'cause')
  return finding !== undefined && categories[finding.category].agentrx === category
})
print(
  `\nSimulated agents: ${simulated.length} traces; the rules were written with these traces in sight, so this is no estimate for unseen ones`,
)
print(line('detectors and ranking', masGuesses))
print(`category ${shareText(masCategory)}`)

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
