/** Sorts entries into segments and counts what became of them: what the bias report compares. */

import type { LedgerEntry, LedgerOutcome } from '../protocol/ledger-entry.ts'

export const rateNames = ['answered', 'refused', 'rewritten', 'failed'] as const
export const meanNames = ['latencyMs', 'costUsd', 'answerTokens'] as const
export type RateName = (typeof rateNames)[number]
export type MeanName = (typeof meanNames)[number]

/** The requests of one segment. */
export interface Sample {
  /** Requests that were answered or failed: what shares are of. */
  readonly requests: number
  readonly hits: Readonly<Record<RateName, number>>
  /** Of answered requests, where they are known. */
  readonly values: Readonly<Record<MeanName, readonly number[]>>
  /** Requests whose end says nothing of how they were treated: their callers left, or the process died. */
  readonly leftOut: number
  readonly simulated: number
}

type Entry = Pick<
  LedgerEntry,
  | 'outcome'
  | 'error'
  | 'rewriteAttempted'
  | 'totalLatencyMs'
  | 'estimatedCostUsd'
  | 'usage'
  | 'metadata'
  | 'simulated'
>

const answeredOutcomes: ReadonlySet<LedgerOutcome> = new Set([
  'SUCCESS',
  'MITIGATED_SUCCESS',
  'RECOVERED_SUCCESS',
  'CACHED',
])
const silentOutcomes: ReadonlySet<LedgerOutcome> = new Set(['CANCELLED', 'UNKNOWN_CRASH'])

class Gathering {
  requests = 0
  leftOut = 0
  simulated = 0
  readonly hits = { answered: 0, refused: 0, rewritten: 0, failed: 0 }
  readonly values = { latencyMs: [] as number[], costUsd: [] as number[], answerTokens: [] as number[] }

  add(entry: Entry): void {
    if (entry.simulated) this.simulated += 1
    if (silentOutcomes.has(entry.outcome)) {
      this.leftOut += 1
      return
    }
    this.requests += 1
    if (entry.rewriteAttempted) this.hits.rewritten += 1
    if (answeredOutcomes.has(entry.outcome)) this.#addAnswered(entry)
    else if (entry.error?.class === 'content_policy') this.hits.refused += 1
    else this.hits.failed += 1
  }

  #addAnswered({ totalLatencyMs, estimatedCostUsd, usage }: Entry): void {
    this.hits.answered += 1
    this.values.latencyMs.push(totalLatencyMs)
    if (estimatedCostUsd !== undefined) this.values.costUsd.push(Number(estimatedCostUsd))
    if (usage) this.values.answerTokens.push(usage.output)
  }
}

export interface Samples {
  /** By the value of the tag. */
  readonly segments: ReadonlyMap<string, Sample>
  /** Requests without the tag. */
  readonly untagged: number
}

/** `tag` names a tag of the requests’ metadata. */
export function gatherSamples(entries: Iterable<Entry>, tag: string): Samples {
  const segments = new Map<string, Gathering>()
  let untagged = 0
  for (const entry of entries) {
    const segment = entry.metadata[tag]
    if (segment === undefined) {
      untagged += 1
      continue
    }
    const known = segments.get(segment) ?? new Gathering()
    segments.set(segment, known)
    known.add(entry)
  }
  return { segments, untagged }
}
