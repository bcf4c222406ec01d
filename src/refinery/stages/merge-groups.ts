/** One analysis of the trace from those of its groups: ids of their own, duplicates joined, everything in the order of the trace. */

import type { CitationBook } from './check-citations.ts'
import type { Citation, TraceAnalysis } from './stage-schemas.ts'

export interface GroupAnswer {
  /** `g01`. */
  readonly group: string
  readonly answer: TraceAnalysis
}

export type MergedEvent = TraceAnalysis['events'][number] & { readonly event_id: string }
export type MergedEvidence = TraceAnalysis['evidence'][number]

export interface MergedTrace {
  readonly timeline: readonly TraceAnalysis['timeline'][number][]
  readonly events: readonly MergedEvent[]
  readonly evidence: readonly MergedEvidence[]
  /** Events that had nothing but quotes that stand nowhere. */
  readonly dropped: number
}

/** `places` tells where a run stands in the trace; what names another run is left out. */
export function mergeGroups(
  groups: readonly GroupAnswer[],
  places: ReadonlyMap<string, number>,
  book: CitationBook,
): MergedTrace {
  const known = <Item extends { readonly run_id: string }>(items: readonly Item[]) =>
    items.filter(({ run_id: id }) => places.has(id))
  const inOrder = <Item extends { readonly run_id: string }>(items: readonly Item[]) =>
    items.toSorted((one, other) => placeOf(places, one.run_id) - placeOf(places, other.run_id))
  const timeline = inOrder(known(groups.flatMap(({ answer }) => answer.timeline)))
  const given = inOrder(known(groups.flatMap(({ answer }) => answer.events)))
  const standing = checkedItems(given, book)
  const events = joined(standing, (event) => `${event.event_type}\n${event.description}`)
  const evidence = joined(
    checkedItems(inOrder(known(groups.flatMap(named))), book),
    ({ type, content_summary: summary }) => `${type}\n${summary}`,
  )
  return {
    timeline: joined(timeline, () => '').map((entry, at) => ({
      ...entry,
      sequence: at + 1,
      citations: [...book.check(entry.citations)],
    })),
    events: events.map((event, at) => ({ ...event, event_id: `event-${at + 1}` })),
    evidence,
    dropped: given.length - standing.length,
  }
}

const placeOf = (places: ReadonlyMap<string, number>, runId: string) => places.get(runId) ?? 0

/** Ids begin anew in every group. */
const named = ({ group, answer }: GroupAnswer): readonly MergedEvidence[] =>
  answer.evidence.map((item) => ({ ...item, evidence_id: `${group}-${item.evidence_id}` }))

interface Cited {
  readonly run_id: string
  readonly citations: readonly Citation[]
}

/** What cited something and has no citation left falls with its quotes. */
function checkedItems<Item extends Cited>(items: readonly Item[], book: CitationBook): readonly Item[] {
  return items.flatMap((item) => {
    const citations = [...book.check(item.citations)]
    return item.citations.length > 0 && citations.length === 0 ? [] : [{ ...item, citations }]
  })
}

/** Of those that say the same of the same run, the first with the citations of all. */
function joined<Item extends Cited>(items: readonly Item[], words: (item: Item) => string): readonly Item[] {
  const byKey = new Map<string, Item>()
  for (const item of items) {
    const key = `${item.run_id}\n${words(item)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()}`
    const before = byKey.get(key)
    byKey.set(key, before ? { ...before, citations: union(before.citations, item.citations) } : item)
  }
  return [...byKey.values()]
}

function union(one: readonly Citation[], other: readonly Citation[]): readonly Citation[] {
  const key = ({ run_id: id, quote }: Citation) => `${id}\n${quote}`
  return [...new Map([...one, ...other].map((citation) => [key(citation), citation])).values()]
}
