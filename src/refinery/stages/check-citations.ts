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

/** `texts` holds, for each run, all that was sent of it. */
export function openCitations(texts: ReadonlyMap<string, string>): CitationBook {
  const flat = new Map([...texts].map(([runId, text]) => [runId, flattened(text)]))
  const struck: Citation[] = []
  let checked = 0
  const stands = (citation: Citation): boolean => {
    const quote = flattened(citation.quote)
    checked += 1
    const isFound = quote !== '' && (flat.get(citation.run_id)?.includes(quote) ?? false)
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
