/** Many events a second into a real store, while entries are written to a real ledger. */

import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../../src/base/clock.ts'
import { createBus } from '../../src/record/bus.ts'
import { eventsFile } from '../../src/record/data-directory.ts'
import { createEventStore } from '../../src/record/event-store.ts'
import { createRecorder } from '../../src/record/recorder.ts'
import { redact } from '../../src/record/redact.ts'
import { defaults, openTestLedger, recordOf } from './filled-ledger.ts'

export interface EventLoad {
  readonly published: number
  readonly stored: number
  readonly dropped: number
  readonly entries: number
  /** Entries whose commit was confirmed in time. */
  readonly confirmed: number
}

const tickMs = 10

export async function eventLoad(perSecond: number, forMs: number): Promise<EventLoad> {
  const { dir, open, notary, remove } = await openTestLedger()
  const bus = createBus({ clock: systemClock, source: 'test' })
  const store = createEventStore({
    path: eventsFile(dir),
    retention: defaults.retention,
    clock: systemClock,
    onAged: () => {},
  })
  const recorder = createRecorder({
    bus,
    store,
    clock: systemClock,
    rules: defaults.events,
    redact,
    onProblem: () => {},
  })
  const startMs = systemClock.monoMs()
  const entries: Promise<{ readonly ok: boolean }>[] = []
  let published = 0
  for (let now = startMs; now < startMs + forMs; now = systemClock.monoMs()) {
    const due = Math.floor(((now - startMs) / 1_000) * perSecond)
    for (; published < due; published += 1)
      bus.publish('limit.rejected', { limit: `requests_per_minute ${published}` }, { requestId: 'req_1' })
    entries.push(notary.record(recordOf(), { initialPrompt: 'question' }))
    await systemClock.sleep(tickMs)
  }
  const written = await Promise.all(entries)
  await recorder.close(10_000)
  await open.ledger.close()
  const db = new DatabaseSync(eventsFile(dir), { readOnly: true })
  const stored = Number(
    db.prepare("SELECT count(*) AS n FROM events WHERE topic = 'limit.rejected'").get()?.['n'],
  )
  db.close()
  const dropped = Object.values(recorder.health().dropped).reduce((sum, count) => sum + count, 0)
  const journal = new DatabaseSync(`${dir}/journal.sqlite`, { readOnly: true })
  const found = Number(journal.prepare('SELECT count(*) AS n FROM entries').get()?.['n'])
  journal.close()
  remove()
  if (found !== entries.length)
    throw new Error(`${entries.length - found} of ${entries.length} entries are missing`)
  return { published, stored, dropped, entries: found, confirmed: written.filter(({ ok }) => ok).length }
}
