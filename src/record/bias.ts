/** The bias report: whether segments of requests are treated alike, with intervals and corrected for many comparisons. */

import { benjaminiHochberg, holm } from '../stats/many-comparisons.ts'
import { momentsOf, quantile, welch } from '../stats/means.ts'
import { compareShares, type Interval, shareDifference, shareOf, wilson } from '../stats/shares.ts'
import {
  type MeanName,
  meanNames,
  type RateName,
  rateNames,
  type Sample,
  type Samples,
} from './bias-samples.ts'

export interface BiasOptions {
  /** The segment the others are compared with; the largest where it is absent. */
  readonly reference?: string
  readonly correction: 'holm' | 'bh'
  /** Level of the intervals and of the findings. */
  readonly alpha: number
}

/** `differs` at the level, after the correction. */
export type Finding = 'differs' | 'no difference shown' | 'too little data' | 'reference'

interface Compared {
  readonly segment: string
  readonly n: number
  /** Of this segment minus the reference. */
  readonly difference?: Interval & { readonly value: number }
  readonly test?: 'chi-square' | 'fisher' | 'welch'
  readonly p?: number
  /** After the correction. */
  readonly adjustedP?: number
  readonly finding: Finding
}

export interface ComparedRate extends Compared {
  readonly measure: RateName
  readonly share: Interval & { readonly value: number }
  /** To the best share of a segment with enough data; below 0.8 it breaks the four-fifths rule. For `answered` only. */
  readonly ratioToBest?: number
}

export interface ComparedMean extends Compared {
  readonly measure: MeanName
  readonly mean: number
  readonly median: number
}

export interface BiasReport {
  readonly by: string
  readonly reference: string | undefined
  readonly correction: BiasOptions['correction']
  readonly alpha: number
  readonly verdict: 'differences found' | 'no difference shown' | 'too little data'
  readonly rates: readonly ComparedRate[]
  readonly means: readonly ComparedMean[]
  /** Segments whose answered share is below four fifths of the best. */
  readonly belowFourFifths: readonly string[]
  readonly untagged: number
  readonly leftOut: number
  readonly simulated: number
}

/** Fewer requests in a segment say nothing. */
export const leastRequests = 30
const fourFifths = 0.8

export function reportBias(by: string, samples: Samples, options: BiasOptions): BiasReport {
  const segments = [...samples.segments].sort(([, one], [, other]) => other.requests - one.requests)
  const [largest] = segments
  const reference = options.reference ?? largest?.[0]
  const base = reference === undefined ? undefined : samples.segments.get(reference)
  const about = { options, reference, base }
  const best = Math.max(
    0,
    ...segments.flatMap(([, sample]) => (isEnough(sample.requests) ? [answeredShare(sample)] : [])),
  )
  const rates = rateNames.flatMap((measure) =>
    segments.map(([segment, sample]) => compareRate(about, { measure, segment, sample, best })),
  )
  const means = meanNames.flatMap((measure) =>
    segments.map(([segment, sample]) => compareMean(about, { measure, segment, sample })),
  )
  const [judgedRates, judgedMeans] = judge(rates, means, options)
  const all = [...judgedRates, ...judgedMeans]
  const sum = (of: (sample: Sample) => number) =>
    segments.reduce((total, [, sample]) => total + of(sample), 0)
  return {
    by,
    reference,
    correction: options.correction,
    alpha: options.alpha,
    verdict: verdictOf(all),
    rates: judgedRates,
    means: judgedMeans,
    belowFourFifths: judgedRates
      .filter(({ ratioToBest }) => ratioToBest !== undefined && ratioToBest < fourFifths)
      .map(({ segment }) => segment),
    untagged: samples.untagged,
    leftOut: sum(({ leftOut }) => leftOut),
    simulated: sum(({ simulated }) => simulated),
  }
}

interface About {
  readonly options: BiasOptions
  readonly reference: string | undefined
  readonly base: Sample | undefined
}

const isEnough = (n: number) => n >= leastRequests
const answeredShare = ({ hits, requests }: Sample) => shareOf({ hits: hits.answered, of: requests })

function findingFor(segment: string, { reference, base }: About, n: number, baseN: number): Finding {
  if (segment === reference) return 'reference'
  return base && isEnough(n) && isEnough(baseN) ? 'no difference shown' : 'too little data'
}

interface RatePlace {
  readonly measure: RateName
  readonly segment: string
  readonly sample: Sample
  readonly best: number
}

function compareRate(about: About, { measure, segment, sample, best }: RatePlace): ComparedRate {
  const { alpha } = about.options
  const own = { hits: sample.hits[measure], of: sample.requests }
  const interval = sample.requests > 0 ? wilson(own, alpha) : { low: 0, high: 1 }
  const finding = findingFor(segment, about, sample.requests, about.base?.requests ?? 0)
  const ratio =
    measure === 'answered' && isEnough(sample.requests) && best > 0
      ? { ratioToBest: shareOf(own) / best }
      : {}
  const row = {
    measure,
    segment,
    n: sample.requests,
    share: { value: shareOf(own), ...interval },
    ...ratio,
    finding,
  }
  if (finding !== 'no difference shown' || !about.base) return row
  const other = { hits: about.base.hits[measure], of: about.base.requests }
  const value = shareOf(own) - shareOf(other)
  const isSettled = own.hits + other.hits === 0 || own.hits + other.hits === own.of + other.of
  const { test, p } = isSettled ? { test: 'fisher' as const, p: 1 } : compareShares(own, other)
  return { ...row, difference: { value, ...shareDifference(own, other, alpha) }, test, p }
}

interface MeanPlace {
  readonly measure: MeanName
  readonly segment: string
  readonly sample: Sample
}

function compareMean(about: About, { measure, segment, sample }: MeanPlace): ComparedMean {
  const values = sample.values[measure]
  const own = momentsOf(values)
  const other = momentsOf(about.base?.values[measure] ?? [])
  const median = quantile(
    values.toSorted((one, two) => one - two),
    0.5,
  )
  const finding = findingFor(segment, about, own.n, other.n)
  const row = { measure, segment, n: own.n, mean: own.mean, median, finding }
  if (finding !== 'no difference shown') return row
  const tested = welch(own, other, about.options.alpha)
  if (tested === undefined) return own.mean === other.mean ? row : { ...row, finding: 'differs' }
  const { difference, low, high, p } = tested
  return { ...row, difference: { value: difference, low, high }, test: 'welch', p }
}

/** One correction over every comparison of the report. */
function judge(
  rates: readonly ComparedRate[],
  means: readonly ComparedMean[],
  { correction, alpha }: BiasOptions,
): readonly [readonly ComparedRate[], readonly ComparedMean[]] {
  const tested = [...rates, ...means].filter(({ p }) => p !== undefined)
  const correct = correction === 'holm' ? holm : benjaminiHochberg
  const adjusted = correct(tested.map(({ p = 1 }) => p))
  const byRow = new Map<Compared, number>(tested.map((row, at) => [row, adjusted[at] ?? 1]))
  const judged = <Row extends Compared>(row: Row): Row => {
    const adjustedP = byRow.get(row)
    if (adjustedP === undefined) return row
    return { ...row, adjustedP, finding: adjustedP < alpha ? 'differs' : 'no difference shown' }
  }
  return [rates.map(judged), means.map(judged)]
}

function verdictOf(rows: readonly Compared[]): BiasReport['verdict'] {
  if (rows.some(({ finding }) => finding === 'differs')) return 'differences found'
  return rows.some(({ finding }) => finding === 'no difference shown')
    ? 'no difference shown'
    : 'too little data'
}
