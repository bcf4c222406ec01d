/** The strategy `learned`: targets in the order of what was learned of them, and now and then another first. */

import type { LearnedScore } from '../../protocol/learning.ts'
import type { Target } from '../../protocol/plan.ts'

/** Share of requests that try another target first, so that one that recovered is noticed. */
export const exploredShare = 0.02
/** Samples that make averages stand on their own. */
export const trustedSamples = 5
/** A target within this much of the best keeps its place in the configuration: noise moves no traffic. */
export const margin = 0.05
/** What counts for the score; they sum to 1. */
export const weights = { success: 0.5, resilience: 0.2, speed: 0.3 } as const
/** Before a target is trusted. */
export const untrusted = { success: 0.75, resilience: 0.75 } as const

export interface ScoredTarget extends Target {
  /** 0 to 1. */
  readonly score: number
  /** The fastest latency by its own, 0 to 1; 1 where it is not known. */
  readonly speed: number
  readonly isTrusted: boolean
}

export interface LearnedOrder {
  readonly targets: readonly Target[]
  readonly selectionMode: 'learned' | 'explored'
}

export type LearnedScores = (target: Target) => LearnedScore | undefined

/** Scores are comparable only among the candidates they were made for: speed is relative. */
export function scoreTargets(targets: readonly Target[], scores: LearnedScores): readonly ScoredTarget[] {
  const known = targets.map((target) => ({ target, learned: scores(target) }))
  const trusted = known.filter(({ learned }) => isTrusted(learned))
  // What is usual counts too: one that slows down is slow, though nobody else is known.
  const latencies = trusted.flatMap(({ learned }) =>
    [learned?.latencyMs ?? [], learned?.usualLatencyMs ?? []].flat(),
  )
  const fastestMs = Math.min(...latencies)
  return known.map(({ target, learned }) => {
    const isKnown = isTrusted(learned)
    const { success, resilience } = isKnown && learned ? learned : untrusted
    const latencyMs = isKnown ? learned?.latencyMs : undefined
    const speed = latencyMs === undefined ? 1 : fastestMs / Math.max(latencyMs, Number.EPSILON)
    const score = weights.success * success + weights.resilience * resilience + weights.speed * speed
    return { ...target, score, speed, isTrusted: isKnown }
  })
}

const isTrusted = (learned: LearnedScore | undefined) => (learned?.samples ?? 0) >= trustedSamples

/** `draw` is a number in [0, 1): below the explored share, one of the other targets goes first. */
export function learnedOrder(targets: readonly Target[], scores: LearnedScores, draw: number): LearnedOrder {
  const ordered = byScore(scoreTargets(targets, scores))
  const others = ordered.length - 1
  if (others < 1 || draw >= exploredShare) return { targets: ordered, selectionMode: 'learned' }
  const chosen = ordered[1 + Math.min(others - 1, Math.floor((draw / exploredShare) * others))]
  const rest = ordered.filter((target) => target !== chosen)
  return { targets: chosen ? [chosen, ...rest] : rest, selectionMode: 'explored' }
}

/** The best first; those that are nearly as good as the best of what is left keep the order of the configuration. */
function byScore(scored: readonly ScoredTarget[]): readonly Target[] {
  const left = [...scored]
  const ordered: Target[] = []
  while (left.length > 0) {
    const best = Math.max(...left.map(({ score }) => score))
    const at = left.findIndex(({ score }) => score >= best - margin)
    const [next] = left.splice(at, 1)
    if (next) ordered.push({ provider: next.provider, model: next.model })
  }
  return ordered
}
