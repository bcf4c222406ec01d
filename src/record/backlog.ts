/** What waits to be committed: lines of entries and notes, bounded in bytes; what finds no place is counted. */

import type { JournalAudit, JournalBatch } from './journal-port.ts'
import { type LineBlock, LineBlocks } from './line-blocks.ts'

export interface Gathered {
  /** Lines as `entryLine` makes them. */
  readonly blocks: readonly LineBlock[]
  readonly audits: readonly JournalAudit[]
}

/** Has identity: the one backlog of a journal. */
export class Backlog {
  readonly #limitBytes: number
  readonly #lines = new LineBlocks()
  #audits: JournalAudit[] = []
  /** Somebody waits to hear whether the store can be written. */
  #isAsked = false
  #lost: { readonly count: number; readonly fromUtc: string; readonly toUtc: string } | undefined
  #lostInAll = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Where the line of these parts stands until its batch is `done`; undefined where there is no place for it. */
  enter(parts: readonly string[], atUtc: string): LineBlock | undefined {
    if (this.#lines.used <= this.#limitBytes) return this.#lines.add(...parts)
    this.#lose(atUtc)
    return undefined
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
    return this.#lines.lines + this.#audits.length + (this.#isAsked ? 1 : 0)
  }

  blocks(): readonly LineBlock[] {
    return this.#lines.all()
  }

  /** Entries that found no place, in all. */
  lost(): number {
    return this.#lostInAll
  }

  /** Takes out what goes next: about `limit` entries at most. */
  take(limit: number): Gathered {
    const blocks = this.#lines.take(limit)
    const audits = this.#audits
    if (this.#lost) audits.push({ action: 'entries_lost', detail: this.#lost })
    this.#audits = []
    this.#lost = undefined
    this.#isAsked = false
    return { blocks, audits }
  }

  /** What could not be committed goes first into the next batch. */
  giveBack({ blocks, audits }: Gathered): void {
    this.#lines.giveBack(blocks)
    this.#audits = [...audits, ...this.#audits]
  }

  /** It is committed: what held its lines holds others next. */
  done({ blocks }: Gathered): void {
    this.#lines.free(blocks)
  }

  #lose(atUtc: string): void {
    this.#lostInAll += 1
    this.#lost = { count: (this.#lost?.count ?? 0) + 1, fromUtc: this.#lost?.fromUtc ?? atUtc, toUtc: atUtc }
  }
}

/** Entries of a batch. */
export const countEntries = ({ blocks }: Gathered) => blocks.reduce((sum, { lines }) => sum + lines, 0)

export function toBatch(id: number, { blocks, audits }: Gathered, isRepeat = false): JournalBatch {
  return {
    id,
    entries: blocks.map(({ shared, used }) => ({ shared, used })),
    audits: audits.map((audit) => JSON.stringify(audit)),
    ...(isRepeat ? { isRepeat } : {}),
  }
}
