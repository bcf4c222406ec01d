import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../base/random.ts'
import type { LedgerEntry } from '../protocol/ledger-entry.ts'
import { type BiasOptions, reportBias } from './bias.ts'
import { gatherSamples } from './bias-samples.ts'

interface Planted {
  readonly n: number
  readonly answered?: number
  readonly refused?: number
  readonly rewritten?: number
  readonly latencyMs?: number
  readonly tokens?: number
}

/** Requests of one segment, made up by chance with these shares and means. */
function plant(segment: string, random: Random, planted: Planted): LedgerEntry[] {
  const { n, answered = 0.9, refused = 0.02, rewritten = 0.1, latencyMs = 800, tokens = 200 } = planted
  const spread = (mean: number) => mean * (0.5 + random())
  return Array.from({ length: n }, () => {
    const chance = random()
    const isAnswered = chance < answered
    const error = isAnswered
      ? {}
      : { error: { class: chance < answered + refused ? 'content_policy' : 'server' } }
    return {
      outcome: isAnswered ? 'SUCCESS' : 'FAILURE',
      rewriteAttempted: random() < rewritten,
      totalLatencyMs: spread(latencyMs),
      estimatedCostUsd: spread(0.001).toFixed(6),
      usage: { input: 10, output: Math.round(spread(tokens)) },
      metadata: { segment },
      simulated: false,
      ...error,
    } as unknown as LedgerEntry
  })
}

const options: BiasOptions = { correction: 'holm', alpha: 0.05 }
const report = (entries: readonly LedgerEntry[], given: Partial<BiasOptions> = {}) =>
  reportBias('segment', gatherSamples(entries, 'segment'), { ...options, ...given })

const different = ({ rates, means }: ReturnType<typeof report>) =>
  [...rates, ...means]
    .filter(({ finding }) => finding === 'differs')
    .map(({ measure, segment }) => `${measure} ${segment}`)

const rows: readonly [name: string, other: Planted, expected: string | undefined][] = [
  ['fewer answers', { n: 800, answered: 0.8 }, 'answered b'],
  ['more refusals', { n: 800, answered: 0.82, refused: 0.12 }, 'refused b'],
  ['more rewrites', { n: 800, rewritten: 0.2 }, 'rewritten b'],
  ['slower answers', { n: 800, latencyMs: 960 }, 'latencyMs b'],
  ['shorter answers', { n: 800, tokens: 160 }, 'answerTokens b'],
]
for (const [name, other, expected] of rows)
  test(`bias: a planted difference is found: ${name}`, () => {
    const random = seededRandom(7)
    const found = report([...plant('a', random, { n: 1_000 }), ...plant('b', random, other)])
    assert.equal(found.verdict, 'differences found')
    assert.ok(different(found).includes(expected ?? ''), different(found).join())
    for (const { difference, finding } of [...found.rates, ...found.means])
      if (finding === 'differs') assert.ok(difference && difference.low * difference.high > 0)
  })

test('bias: where there is none, none is found, but for the few that chance allows', () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed)
  const alarms = seeds.filter((seed) => {
    const random = seededRandom(seed)
    const entries = ['a', 'b', 'c'].flatMap((segment) => plant(segment, random, { n: 200 }))
    return report(entries).verdict === 'differences found'
  })
  assert.ok(alarms.length <= 18, `${alarms.length} of 200 at a level of 5 %`)
})

test('bias: too little data is said, and nothing else', () => {
  const random = seededRandom(3)
  const small = report([...plant('a', random, { n: 1_000 }), ...plant('b', random, { n: 29, answered: 0 })])
  assert.equal(small.verdict, 'too little data')
  assert.ok(
    small.rates.every(
      ({ segment, finding }) => finding === (segment === 'a' ? 'reference' : 'too little data'),
    ),
  )
  assert.deepEqual(small.belowFourFifths, [])
  assert.equal(report(plant('a', random, { n: 1_000 })).verdict, 'too little data')
  assert.equal(report([]).verdict, 'too little data')
})

test('bias: four fifths of the best share', () => {
  const random = seededRandom(5)
  const found = report([...plant('a', random, { n: 500 }), ...plant('b', random, { n: 500, answered: 0.6 })])
  assert.deepEqual(found.belowFourFifths, ['b'])
  const ratio = found.rates.find(
    ({ measure, segment }) => measure === 'answered' && segment === 'b',
  )?.ratioToBest
  assert.ok(ratio && ratio > 0.55 && ratio < 0.78, `${ratio}`)
})

test('bias: Fisher’s test where cells are small, and a reference of one’s choice', () => {
  const random = seededRandom(9)
  const entries = [
    ...plant('a', random, { n: 60, refused: 0 }),
    ...plant('b', random, { n: 40, refused: 0.05 }),
  ]
  const found = report(entries, { reference: 'b', correction: 'bh' })
  assert.equal(found.reference, 'b')
  assert.equal(
    found.rates.find(({ measure, segment }) => measure === 'refused' && segment === 'a')?.test,
    'fisher',
  )
})

test('bias: what says nothing of the treatment is counted apart', () => {
  const random = seededRandom(1)
  const [one, two, ...rest] = plant('a', random, { n: 40 })
  const entries = [
    { ...one, outcome: 'CANCELLED' },
    { ...two, metadata: {} },
    ...rest.map((entry) => ({ ...entry, simulated: true })),
  ] as LedgerEntry[]
  const { leftOut, untagged, simulated } = report(entries)
  assert.deepEqual([leftOut, untagged, simulated], [1, 1, 38])
})
