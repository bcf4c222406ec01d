/** Findings of many traces as issues: the same kind of fault at the same agent, with how often it comes. */

import { wilson } from '../../stats/shares.ts'
import type { Analysis } from '../analysis.ts'
import { type Category, categories } from '../categories.ts'

/** One trace with its analysis; `atMs` is when it began. */
export interface Analysed {
  readonly traceId: string
  readonly atMs?: number
  readonly analysis: Analysis
}

export interface Issue {
  readonly category: Category
  /** For people. */
  readonly title: string
  readonly agent: string
  readonly detectors: readonly string[]
  /** Traces that have it, and those in which it came first. */
  readonly traces: number
  readonly origins: number
  /** Share of all traces that were looked at, with its 95 % interval (Wilson), 0 to 1. */
  readonly share: number
  readonly low: number
  readonly high: number
  readonly firstSeenMs?: number
  readonly lastSeenMs?: number
  readonly examples: readonly Example[]
  /** Of its surest finding, 0 to 1. */
  readonly confidence: number
  /** What to change, by the surest of its findings. */
  readonly remedy?: string
}

export interface Example {
  readonly traceId: string
  readonly runId: string
  readonly says: string
  readonly quote: string
}

const shownExamples = 3

/** The one most worth fixing first: by the traces it came first in, then by the traces it is in, then the surest. Symptoms are no issues. */
export function groupIssues(analysed: readonly Analysed[]): readonly Issue[] {
  const groups = new Map<string, Seen[]>()
  for (const one of analysed) {
    const { analysis } = one
    const own = new Map<string, Seen>()
    for (const finding of analysis.findings) {
      if (finding.part === 'symptom') continue
      const key = `${finding.category}\n${finding.evidence.agent}`
      const isOrigin = analysis.origin?.runId === finding.evidence.runId
      const before = own.get(key)
      own.set(key, {
        ...one,
        finding: before?.finding ?? finding,
        isOrigin: isOrigin || (before?.isOrigin ?? false),
        detectors: [...(before?.detectors ?? []), finding.detector],
      })
    }
    for (const [key, seen] of own) groups.set(key, [...(groups.get(key) ?? []), seen])
  }
  return [...groups.values()]
    .map((seen) => toIssue(seen, analysed.length))
    .sort(
      (one, other) =>
        other.origins - one.origins ||
        other.traces - one.traces ||
        other.confidence - one.confidence ||
        byName(one, other),
    )
}

interface Seen extends Analysed {
  readonly finding: Analysis['findings'][number]
  readonly isOrigin: boolean
  readonly detectors: readonly string[]
}

const byName = (one: Issue, other: Issue) =>
  `${one.category}${one.agent}` < `${other.category}${other.agent}` ? -1 : 1

function toIssue(seen: readonly Seen[], of: number): Issue {
  const [first] = seen
  const category = first?.finding.category ?? 'failed_check'
  const times = seen.flatMap(({ atMs }) => atMs ?? []).sort((one, other) => one - other)
  const [firstSeenMs, lastSeenMs] = [times[0], times.at(-1)]
  const remedy = seen
    .flatMap(({ analysis, finding }) =>
      analysis.remediations
        .filter(({ runId }) => runId === finding.evidence.runId)
        .map(({ action }) => action),
    )
    .at(0)
  return {
    category,
    title: categories[category].title,
    agent: first?.finding.evidence.agent ?? '',
    detectors: [...new Set(seen.flatMap(({ detectors }) => detectors))],
    traces: seen.length,
    origins: seen.filter(({ isOrigin }) => isOrigin).length,
    share: seen.length / of,
    ...wilson({ hits: seen.length, of }),
    confidence: Math.max(...seen.map(({ finding }) => finding.confidence)),
    examples: seen.slice(0, shownExamples).map(({ traceId, finding }) => ({
      traceId,
      runId: finding.evidence.runId,
      says: finding.says,
      quote: finding.evidence.quote,
    })),
    ...(firstSeenMs === undefined ? {} : { firstSeenMs }),
    ...(lastSeenMs === undefined ? {} : { lastSeenMs }),
    ...(remedy === undefined ? {} : { remedy }),
  }
}
