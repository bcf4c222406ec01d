/** What waits to be committed: lines of entries and notes, bounded in characters; what finds no place is counted. */

import type { JournalAudit, JournalBatch } from './journal-port.ts'

export interface Gathered {
  /** As `entryLine` makes them. */
  readonly entries: readonly string[]
  readonly audits: readonly JournalAudit[]
}

/** Has identity: the one backlog of a journal. */
export class Backlog {
  readonly #limit: number
  #entries: string[] = []
  #audits: JournalAudit[] = []
  #characters = 0
  /** Somebody waits to hear whether the store can be written. */
  #isAsked = false
  #lost: { readonly count: number; readonly fromUtc: string; readonly toUtc: string } | undefined
  #lostInAll = 0

  constructor(limitCharacters: number) {
    this.#limit = limitCharacters
  }

  /** False where there is no place for it. */
  enter(line: string, atUtc: string): boolean {
    if (this.#characters > this.#limit) {
      this.#lose(atUtc)
      return false
    }
    this.#characters += line.length
    this.#entries.push(line)
    return true
  }

  note(audit: JournalAudit): void {
    this.#audits.push(audit)
  }

  /** A commit is wanted though there may be nothing to commit. */
  ask(): void {
    this.#isAsked = true
  }

  /** Things that wait. */
  size(): number {
    return this.#entries.length + this.#audits.length + (this.#isAsked ? 1 : 0)
  }

  entries(): readonly string[] {
    return this.#entries
  }

  /** Entries that found no place, in all. */
  lost(): number {
    return this.#lostInAll
  }

  /** Takes out what goes next, at most `limit` entries. */
  take(limit: number): Gathered {
    const all = this.#entries
    const entries = all.length > limit ? all.splice(0, limit) : all
    const audits = this.#audits
    if (this.#lost) audits.push({ action: 'entries_lost', detail: this.#lost })
    this.#entries = entries === all ? [] : all
    this.#characters = lengthOf(this.#entries)
    this.#audits = []
    this.#lost = undefined
    this.#isAsked = false
    return { entries, audits }
  }

  /** What could not be committed goes first into the next batch. */
  giveBack({ entries, audits }: Gathered): void {
    this.#entries = [...entries, ...this.#entries]
    this.#audits = [...audits, ...this.#audits]
    this.#characters += lengthOf(entries)
  }

  #lose(atUtc: string): void {
    this.#lostInAll += 1
    this.#lost = { count: (this.#lost?.count ?? 0) + 1, fromUtc: this.#lost?.fromUtc ?? atUtc, toUtc: atUtc }
  }
}

const lengthOf = (lines: readonly string[]) => lines.reduce((sum, { length }) => sum + length, 0)

export function toBatch(id: number, { entries, audits }: Gathered, isRepeat = false): JournalBatch {
  return {
    id,
    entries,
    audits: audits.map((audit) => JSON.stringify(audit)),
    ...(isRepeat ? { isRepeat } : {}),
  }
}
