/** Takes over what the ledger entered, and takes away what the ledger erased. */

import type { Run } from '../../protocol/run.ts'
import { clearLog } from '../file-space.ts'
import { entryRuns } from './entry-runs.ts'
import type { JournalTail, TailedEntry } from './journal-tail.ts'
import { type RunFile, sweepName, tailedName, writeNote } from './open-runs.ts'

/** Entries of the ledger that are taken over in one transaction. */
export const tailedAtOnce = 200
/** Taken over before an answer, at most. */
const caughtUpBatches = 5
/** Traces that one step of a sweep goes through. */
const sweptAtOnce = 500

/** Takes over the next entries; how many. `tell` hears of each trace. */
export function follow(file: RunFile, tell: (runs: readonly Run[]) => void = () => {}): number {
  const { tail, writer, db } = file
  const rows = tail?.after(file.tailedSeq, tailedAtOnce) ?? []
  const last = rows.at(-1)
  if (!tail || !last) return 0
  const entries = rows.filter((row): row is TailedEntry => row.kind === 'entry')
  const groups = [...Map.groupBy(entries, ({ entry }) => entry.tenant)]
  for (const [tenant, group] of groups)
    writer.add(
      tenant,
      group.map(({ entry, previews }) => entryRuns(entry, previews)),
    )
  for (const row of rows) if (row.kind === 'note' && row.erased) erase(file, tail, row.erased.requestIds)
  // Written last: what is taken over twice changes nothing, what is passed by would be lost.
  writeNote(db, tailedName(tail), String(last.seq))
  file.tailedSeq = last.seq
  for (const { entry, previews } of entries) tell(entryRuns(entry, previews))
  return rows.length
}

/** Before an answer that lists: what waits is taken over, up to a bound, so that the list is of now. */
export function catchUp(file: RunFile, tell: (runs: readonly Run[]) => void): void {
  for (let batches = 0; batches < caughtUpBatches && follow(file, tell) === tailedAtOnce; batches += 1);
}

/** Entries that wait behind a step that took all it may; none behind one that took less. */
export function behind({ tail, tailedSeq }: RunFile, taken: number): number {
  return taken < tailedAtOnce ? 0 : Math.max(0, (tail?.lastSeq() ?? 0) - tailedSeq)
}

/** A request whose turn has not come yet is taken over at once when somebody asks for it. */
export function findOne({ tail, tailedSeq, writer }: RunFile, tenant: string, traceId: string): void {
  const found = tail?.find(traceId)
  if (found && found.seq > tailedSeq && found.entry.tenant === tenant)
    writer.add(tenant, [entryRuns(found.entry, found.previews)])
}

/** What is to be removed must not come back when its turn in the ledger comes. */
export function passBy(file: RunFile, traceId: string, tell: (runs: readonly Run[]) => void): void {
  const seq = file.tail?.find(traceId)?.seq ?? 0
  while (seq > file.tailedSeq && follow(file, tell) > 0);
}

/** The traces stay, without their texts. Where not all are named, a sweep through all traces begins. */
function erase(file: RunFile, tail: JournalTail, requestIds: readonly string[] | undefined): void {
  if (requestIds === undefined) {
    file.sweptTo = ''
    writeNote(file.db, sweepName, '')
  } else strip(file, tail, requestIds)
}

function strip(file: RunFile, tail: JournalTail, requestIds: readonly string[]): void {
  for (const requestId of requestIds) {
    const found = tail.find(requestId)
    if (found) file.writer.replace(found.entry.tenant, entryRuns(found.entry, found.previews))
  }
  file.holdsRemoved ||= requestIds.length > 0
}

/** One step of the sweep; false where none is under way. */
export function sweep(file: RunFile): boolean {
  const { db, tail, sweptTo } = file
  if (sweptTo === undefined || !tail) return false
  const ids = file.writer.gatewayTraces(sweptTo, sweptAtOnce)
  strip(file, tail, tail.withoutTexts(ids))
  file.sweptTo = ids.length === sweptAtOnce ? ids.at(-1) : undefined
  writeNote(db, sweepName, file.sweptTo)
  return true
}

/** The index and the write-ahead log hold removed words until they are written anew. */
export function clearRemoved(file: RunFile): void {
  file.db.exec("INSERT INTO runs_text (runs_text) VALUES ('optimize')")
  file.holdsRemoved = !clearLog(file.db)
}
