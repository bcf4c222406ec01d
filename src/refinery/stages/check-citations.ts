/** Holds quotes against the runs they name: what does not stand there is struck out and counted. */

import type { Citation } from './stage-schemas.ts'

export interface CitationBook {
  /** The citations that stand. */
  check(citations: readonly Citation[]): readonly Citation[]
  stands(citation: Citation): boolean
  /** So far. */
  counts(): { readonly checked: number; readonly struckOut: number }
  /** Runs to which something was ascribed that they do not say. */
  struck(): readonly Citation[]
}

/** Runs whose texts are at hand: answers speak of one after the other, and all of a large trace would take much memory. */
const atHand = 32

/** `textOf` gives all that was sent of a run; undefined where there is no such run. */
export function openCitations(textOf: (runId: string) => string | undefined): CitationBook {
  const flat = new Map<string, string>()
  const flatOf = (runId: string): string => {
    const known = flat.get(runId)
    if (known !== undefined) return known
    const text = flattened(textOf(runId) ?? '')
    const [oldest] = flat.keys()
    if (flat.size >= atHand && oldest !== undefined) flat.delete(oldest)
    flat.set(runId, text)
    return text
  }
  const struck: Citation[] = []
  let checked = 0
  const stands = (citation: Citation): boolean => {
    const quote = flattened(citation.quote)
    checked += 1
    const isFound = quote !== '' && flatOf(citation.run_id).includes(quote)
    if (!isFound) struck.push(citation)
    return isFound
  }
  return {
    stands,
    check: (citations) => citations.filter(stands),
    counts: () => ({ checked, struckOut: struck.length }),
    struck: () => struck,
  }
}

/** Line ends and blanks are no part of a quote's truth; models drop the ellipsis of a cut quote at its ends. */
const flattened = (text: string) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/^(…|\.\.\.)|(…|\.\.\.)$/g, '')
    .trim()
