/** What is wrong with a configuration, where, and what to do. */

export interface ConfigProblem {
  readonly file: string
  /** Counted from 1; absent where the field does not stand in the file. */
  readonly line?: number
  /** Counted from 1. */
  readonly column?: number
  /** Dotted path of the field; empty for the whole file. */
  readonly field: string
  readonly message: string
  readonly remedy?: string
}

/** One line each: `adaptive-mind.yaml:12 timeouts.total_ms: must be at least 1 (got -5). Remedy.` */
export function problemText({ file, line, field, message, remedy }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}`
  const what = field === '' ? message : `${field}: ${message}`
  return `${place} ${what}${remedy ? `. ${remedy}` : ''}`
}

/** The candidate nearest to a misspelt name, where one is near enough to be meant. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
  const best = ranked.sort((one, other) => one.edits - other.edits)[0]
  const limit = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1)
  return best && best.edits <= limit ? best.candidate : undefined
}

/** Insertions, deletions and replacements that turn one word into the other (Levenshtein, 1966). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
