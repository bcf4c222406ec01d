/** The store of events under load, and while it is away. */

import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { createBus } from '../../src/record/bus.ts'
import { readEvents } from '../../src/record/event-reader.ts'
import { createEventStore } from '../../src/record/event-store.ts'
import { createRecorder } from '../../src/record/recorder.ts'
import { redact } from '../../src/record/redact.ts'
import { eventLoad } from './event-load.ts'
import { defaults, temporary } from './filled-ledger.ts'

test('events: 10,000 a second for two seconds: each is stored or counted as dropped, and no entry is lost', async (t) => {
  const load = await eventLoad(10_000, 2_000)
  t.diagnostic(JSON.stringify(load))
  assert.ok(load.published > 15_000)
  // What tells of losses is an event too, and may itself be among the dropped.
  assert.ok(Math.abs(load.stored + load.dropped - load.published) <= 20, JSON.stringify(load))
})

function openRecorder(path: string, queue = 10_000) {
  const bus = createBus({ clock: systemClock, source: 'test' })
  const lines: string[] = []
  const aged: number[] = []
  const store = createEventStore({
    path,
    retention: { eventsForMs: 86_400_000, everyMs: 200 },
    clock: systemClock,
    onAged: ({ removed }) => void aged.push(removed),
  })
  const rules = { ...defaults.events, queue }
  const onProblem = (line: string) => void lines.push(line)
  const recorder = createRecorder({ bus, store, clock: systemClock, rules, redact, onProblem })
  const countOf = () => {
    const events = readEvents(path, { limit: 100_000, topic: 'alert.raised' })
    return events.ok ? events.value.length : -1
  }
  return {
    bus,
    lines,
    aged,
    recorder,
    countOf,
    warn: (alert: string) => bus.publish('alert.raised', { alert }),
  }
}

test('events: a locked store is told once, the queue waits, and everything is stored when it is free', async (t) => {
  const { dir, remove } = temporary()
  t.after(remove)
  const path = `${dir}/events.sqlite`
  const { lines, recorder, warn, countOf } = openRecorder(path)
  warn('first')
  for (let turn = 0; turn < 80 && countOf() < 1; turn += 1) await systemClock.sleep(25)
  const lock = new DatabaseSync(path)
  lock.exec('BEGIN IMMEDIATE')
  for (let at = 0; at < 50; at += 1) warn(`${at}`)
  for (let turn = 0; turn < 120 && lines.length === 0; turn += 1) await systemClock.sleep(25)
  assert.match(lines[0] ?? '', /^events are not stored: .*locked/)
  lock.exec('ROLLBACK')
  lock.close()
  for (let turn = 0; turn < 200 && countOf() < 51; turn += 1) await systemClock.sleep(25)
  assert.equal(countOf(), 51)
  assert.equal(await recorder.close(2_000), 0)
  assert.deepEqual(lines.slice(1), ['events are stored again'])
})

test('events: too old ones are removed, and the ledger is told', async (t) => {
  const { dir, remove } = temporary()
  t.after(remove)
  const path = `${dir}/events.sqlite`
  const { recorder, warn, countOf, aged } = openRecorder(path)
  for (let at = 0; at < 20; at += 1) warn(`${at}`)
  for (let turn = 0; turn < 80 && countOf() < 20; turn += 1) await systemClock.sleep(25)
  const db = new DatabaseSync(path)
  db.exec("UPDATE events SET at_utc = '2020-01-01T00:00:00.000Z' WHERE id <= 12")
  db.close()
  for (let turn = 0; turn < 120 && aged.length === 0; turn += 1) await systemClock.sleep(25)
  await recorder.close(2_000)
  assert.deepEqual([countOf(), aged], [8, [12]])
})
