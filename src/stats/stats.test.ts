import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chiSquareTail, normalQuantile, normalTail, studentQuantile } from './distributions.ts'
import { logGamma } from './gamma.ts'
import { benjaminiHochberg, holm } from './many-comparisons.ts'
import { momentsOf, quantile, welch } from './means.ts'
import { compareShares, fisherExact, pearson, shareDifference, wilson } from './shares.ts'

const fromSums = (n: number, sum: number, squares: number) => ({
  n,
  mean: sum / n,
  deviations: squares - (sum * sum) / n,
})
const ab = welch(fromSums(3461, 2422.7, 134698.29), fromSums(3407, 1396.87, 52377.9767))

/** Published values, or values of R 4 and SciPy for textbook data. */
const rows: readonly [name: string, found: number | undefined, expected: number, tolerance: number][] = [
  ['ln Γ(0.5) = ln √π', logGamma(0.5), 0.5723649429247001, 1e-12],
  ['ln Γ(100) = ln 99!', logGamma(100), 359.1342053695754, 1e-10],
  ['normal tail at 1.96', normalTail(1.96), 0.024997895148220435, 1e-14],
  ['normal tail at −1', normalTail(-1), 0.8413447460685429, 1e-13],
  ['normal tail far out', normalTail(6), 9.865876450376946e-10, 1e-20],
  ['normal quantile of 2.5 %', normalQuantile(0.025), 1.959963984540054, 1e-12],
  ['chi-square 3.841459 with 1 degree', chiSquareTail(3.841458820694124, 1), 0.05, 1e-13],
  ['chi-square 18.307 with 10 degrees', chiSquareTail(18.307038053275146, 10), 0.05, 1e-13],
  ['Student 5 % with 10 degrees', studentQuantile(0.05, 10), 2.228138851964939, 1e-10],
  ['sample ratio 821588 : 815482', 6106 ** 2 / (821588 + 815482), 22.77437, 1e-5],
  ['its p', chiSquareTail(22.77437, 1), 1.82179e-6, 1e-11],
  ['Wilson 45/50, low', wilson({ hits: 45, of: 50 }).low, 0.7863977, 1e-7],
  ['Wilson 45/50, high', wilson({ hits: 45, of: 50 }).high, 0.9565242, 1e-7],
  ['Wilson 0/10 starts at 0', wilson({ hits: 0, of: 10 }).low, 0, 1e-12],
  [
    'Newcombe 56/70 − 48/80, low (his example a)',
    shareDifference({ hits: 56, of: 70 }, { hits: 48, of: 80 }).low,
    0.0524,
    5e-5,
  ],
  [
    'Newcombe 56/70 − 48/80, high',
    shareDifference({ hits: 56, of: 70 }, { hits: 48, of: 80 }).high,
    0.3339,
    5e-5,
  ],
  [
    'Fisher on the lady tasting tea, 3 of 4',
    fisherExact({ hits: 3, of: 4 }, { hits: 1, of: 4 }),
    0.4857142857,
    1e-9,
  ],
  [
    'Fisher 1/10 against 11/14',
    fisherExact({ hits: 1, of: 10 }, { hits: 11, of: 14 }),
    0.002759456185,
    1e-11,
  ],
  [
    'Pearson 56/70 against 48/80, by hand: 1120² · 150 / (70 · 80 · 104 · 46)',
    pearson({ hits: 56, of: 70 }, { hits: 48, of: 80 }),
    7.02341,
    1e-5,
  ],
  ['Welch from sums, difference', ab?.difference, 0.29, 5e-4],
  ['Welch from sums, low', ab?.low, 0.04538, 5e-5],
  ['Welch from sums, high', ab?.high, 0.53462, 5e-5],
  ['Welch from sums, p', ab?.p, 0.02016, 1e-4],
  ['quantile by interpolation', quantile([1, 2, 3, 4], 0.5), 2.5, 1e-12],
  ['quantile of one value', quantile([7], 0.99), 7, 1e-12],
]
for (const [name, found, expected, tolerance] of rows)
  test(`statistics: ${name}`, () => {
    assert.ok(Math.abs((found ?? Number.NaN) - expected) <= tolerance, `${found} is not ${expected}`)
  })

const near = (found: readonly number[], expected: readonly number[]) =>
  assert.deepEqual(
    found.map((value) => Math.round(value * 1e9) / 1e9),
    expected,
  )

test('statistics: Holm’s correction', () =>
  near(holm([0.01, 0.04, 0.03, 0.005, 0.55, 0.6]), [0.05, 0.12, 0.12, 0.03, 1, 1]))
test('statistics: Benjamini and Hochberg’s correction', () =>
  near(benjaminiHochberg([0.01, 0.04, 0.03, 0.005, 0.55, 0.6]), [0.03, 0.06, 0.06, 0.03, 0.6, 0.6]))
test('statistics: no comparison, no correction', () => near(holm([]), []))

test('statistics: Fisher where an expected count is below 5, chi-square elsewhere', () => {
  assert.equal(compareShares({ hits: 1, of: 10 }, { hits: 3, of: 12 }).test, 'fisher')
  assert.equal(compareShares({ hits: 30, of: 100 }, { hits: 40, of: 100 }).test, 'chi-square')
})
test('statistics: samples that do not vary, or are single, give no test', () => {
  assert.equal(welch(momentsOf([1, 1]), momentsOf([2, 2])), undefined)
  assert.equal(welch(momentsOf([1]), momentsOf([2, 3])), undefined)
})
