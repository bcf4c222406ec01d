/** What waits to be written: intents, entries and notes, bounded in bytes; what finds no place is counted. */

import { entryTexts, type JournalAudit, type JournalBatch, type JournalEntry } from './journal-port.ts'

export interface Gathered {
  readonly intents: Map<string, string>
  readonly withdrawn: Set<string>
  readonly entries: JournalEntry[]
  readonly audits: JournalAudit[]
}

/** Has identity: the one backlog of a journal. */
export class Backlog {
  readonly #limitBytes: number
  #waiting = emptyBatch()
  #bytes = 0
  #lost: { readonly count: number; readonly fromUtc: string; readonly toUtc: string } | undefined
  #lostInAll = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  intend(requestId: string, json: string): void {
    if (this.#bytes > this.#limitBytes) return
    this.#bytes += json.length
    this.#waiting.intents.set(requestId, json)
  }

  /** The request was refused: no intent of it may stay. */
  withdraw(requestId: string): void {
    if (!this.#forget(requestId)) this.#waiting.withdrawn.add(requestId)
  }

  enter(entry: JournalEntry): void {
    // An intent that still waits has nothing left to tell.
    this.#forget(entry.requestId)
    if (this.#bytes > this.#limitBytes) this.#lose(entry.atUtc)
    else {
      this.#bytes += sizeOf(entry)
      this.#waiting.entries.push(entry)
    }
  }

  note(audit: JournalAudit): void {
    this.#waiting.audits.push(audit)
  }

  /** Things that wait. */
  size(): number {
    const { intents, withdrawn, entries, audits } = this.#waiting
    return intents.size + withdrawn.size + entries.length + audits.length
  }

  /** Entries that found no place, in all. */
  lost(): number {
    return this.#lostInAll
  }

  /** Takes out what goes next, at most `limit` entries. */
  take(limit: number): Gathered {
    const batch = this.#waiting
    const rest = batch.entries.length > limit ? batch.entries.splice(limit) : []
    if (this.#lost) batch.audits.push({ action: 'entries_lost', detail: this.#lost })
    this.#lost = undefined
    this.#waiting = { ...emptyBatch(), entries: rest }
    this.#bytes = rest.reduce((sum, entry) => sum + sizeOf(entry), 0)
    return batch
  }

  /** What could not be committed goes first into the next batch. */
  giveBack(batch: Gathered): void {
    const { intents, withdrawn, entries, audits } = this.#waiting
    for (const requestId of withdrawn) if (batch.intents.delete(requestId)) withdrawn.delete(requestId)
    for (const { requestId } of entries) batch.intents.delete(requestId)
    this.#waiting = {
      intents: new Map([...batch.intents, ...intents]),
      withdrawn: new Set([...batch.withdrawn, ...withdrawn]),
      entries: [...batch.entries, ...entries],
      audits: [...batch.audits, ...audits],
    }
    this.#bytes += batch.entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
    for (const json of batch.intents.values()) this.#bytes += json.length
  }

  #forget(requestId: string): boolean {
    const json = this.#waiting.intents.get(requestId)
    if (json === undefined) return false
    this.#bytes -= json.length
    return this.#waiting.intents.delete(requestId)
  }

  #lose(atUtc: string): void {
    this.#lostInAll += 1
    this.#lost = { count: (this.#lost?.count ?? 0) + 1, fromUtc: this.#lost?.fromUtc ?? atUtc, toUtc: atUtc }
  }
}

function emptyBatch(): Gathered {
  return { intents: new Map(), withdrawn: new Set(), entries: [], audits: [] }
}

const sizeOf = ({ json, previews, content }: JournalEntry) =>
  json.length + (previews?.json.length ?? 0) + (content?.length ?? 0)

export function toBatch(
  id: number,
  gathered: Gathered,
  how: Pick<JournalBatch, 'isRepeat' | 'mustReachStore'>,
): JournalBatch {
  const { intents, withdrawn, entries, audits } = gathered
  const texts: (string | null)[] = []
  for (const entry of entries) texts.push(...entryTexts(entry))
  const intentTexts: string[] = []
  for (const [requestId, json] of intents) intentTexts.push(requestId, json)
  return {
    id,
    intents: intentTexts,
    withdrawn: [...withdrawn],
    entries: texts,
    audits: audits.map((audit) => JSON.stringify(audit)),
    ...how,
  }
}
