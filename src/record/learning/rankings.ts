/** What was learned, best first, each number with where it comes from. */

import type { Ranking } from '../../protocol/learning.ts'
import type { Target } from '../../protocol/plan.ts'
import { type LearningBook, learningRate, startingValue } from './learning-book.ts'

/** How the strategy `learned` weighs a target; given by the composition, for the strategy stands elsewhere. */
export interface Scoring {
  readonly scoreTargets: (
    targets: readonly Target[],
    scores: LearningBook['scoreOf'],
  ) => readonly (Target & { readonly score: number; readonly speed: number; readonly isTrusted: boolean })[]
  readonly weights: { readonly success: number; readonly resilience: number; readonly speed: number }
  readonly trustedSamples: number
}

export function rankings(book: LearningBook, scoring: Scoring): readonly Ranking[] {
  const pages = book.all()
  const scored = scoring.scoreTargets(pages, book.scoreOf)
  const rows = pages.map((page, at): Omit<Ranking, 'rank'> => {
    const { score = 0, speed = 1, isTrusted = false } = scored[at] ?? {}
    const latency = page.total.read()
    const firstToken = page.firstToken.read()
    return {
      provider: page.provider,
      model: page.model,
      score: rounded(score),
      isTrusted,
      samples: page.samples,
      success: rounded(page.success),
      resilience: rounded(page.resilience),
      ...(page.latencyMs === undefined ? {} : { latencyMs: Math.round(page.latencyMs * 100) / 100 }),
      ...(latency ? { latency } : {}),
      ...(firstToken ? { firstToken } : {}),
      ...(page.costUsd === undefined ? {} : { costUsd: page.costUsd.toFixed(6) }),
      ...(page.lastAtMs === 0 ? {} : { lastAtUtc: new Date(page.lastAtMs).toISOString() }),
      because: reasons({ ...page, score, speed, isTrusted }, scoring),
    }
  })
  return rows
    .sort((one, other) => other.score - one.score || one.provider.localeCompare(other.provider))
    .map((row, at) => ({ rank: at + 1, ...row }))
}

interface Reasoned {
  readonly samples: number
  readonly success: number
  readonly resilience: number
  readonly latencyMs?: number
  readonly score: number
  readonly speed: number
  readonly isTrusted: boolean
}

function reasons(page: Reasoned, { weights, trustedSamples }: Scoring): readonly string[] {
  const { success, resilience, speed, score, samples, isTrusted, latencyMs } = page
  const parts = isTrusted ? { success, resilience } : { success: startingValue, resilience: startingValue }
  return [
    `score ${rounded(score)} = ${weights.success} × success ${rounded(parts.success)} + ${weights.resilience} × resilience ${rounded(parts.resilience)} + ${weights.speed} × speed ${rounded(speed)}`,
    isTrusted
      ? `trusted: ${samples} calls, at least ${trustedSamples} are needed`
      : `not trusted yet: ${samples} of ${trustedSamples} calls, so the starting value ${startingValue} counts`,
    `success: moving average of answered calls, each new one counts ${learningRate}`,
    'resilience: 1 less 0.2 for each failed call of a request here, at most 0.5 where none was answered',
    latencyMs === undefined
      ? 'speed: no call was answered yet, so it counts 1'
      : `speed: the fastest average of any target, now or over the long run, by this one’s now, ${Math.round(latencyMs)} ms`,
  ]
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000
