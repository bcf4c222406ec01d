import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { done, failed } from '../../base/outcome.ts'
import type { Caller } from '../../protocol/access.ts'
import type { BlobFolder } from '../../record/batch/blob-folder.ts'
import { openNoteFolder } from '../../record/batch/note-folder.ts'
import { analyze } from '../../refinery/analyze.ts'
import { heldHere } from '../../refinery/apart/held-trace.ts'
import { openTraceThreads } from '../../refinery/apart/trace-threads.ts'
import { type AnalysedTrace, readTrace } from '../../refinery/import/read-trace.ts'
import { writeAnalysis } from '../../refinery/report/written-analysis.ts'
import { createFakeClock } from '../../sandbox/fake-clock.ts'
import { type AnalysisDeskParts, openAnalysisDesk } from './analysis-desk.ts'
import type { AnalysisNote } from './analysis-note.ts'

const read = readTrace('[{"role":"user","content":"Hello"}]')
if (!read.ok) throw new Error(read.fault)
const small = read.value
const hold = (held: AnalysedTrace) => heldHere(held, async () => async () => 0)
const trace = hold(read.value)
const wanted = { expected: '', off: [], evals: [], plan: false }
const caller = (tenant: string): Caller => ({
  name: 'test',
  kind: 'admin',
  tenant,
  scopes: ['inference'],
  limits: {},
})

function inMemory(): BlobFolder {
  const kept = new Map<string, Uint8Array>()
  return {
    put: async (id, bytes) => void kept.set(id, bytes),
    get: async (id) => kept.get(id),
    remove: async (id) => void kept.delete(id),
  }
}

function open(
  t: { after(then: () => Promise<void>): void },
  more: Partial<AnalysisDeskParts> = {},
  dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-')),
) {
  const clock = createFakeClock()
  const desk = openAnalysisDesk({
    notes: openNoteFolder<AnalysisNote>(dir),
    results: inMemory(),
    clock,
    mostRunning: 2,
    threads: openTraceThreads(1),
    hold,
    keptForMs: 10_000,
    prepare: async ({ signal }) =>
      done({
        async run() {
          await clock.sleep(1_000, signal)
          return signal.aborted ? failed('cancelled') : done(writeAnalysis(analyze(small, { expected: '' })))
        },
      }),
    ...more,
  })
  t.after(async () => {
    await desk.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return { desk, clock, dir }
}

test('desk: a tenant sees its own and no other', async (t) => {
  const { desk } = open(t)
  const made = await desk.create(caller('acme'), trace, wanted)
  assert.ok(made.ok)
  assert.equal(desk.get('acme', made.value.id)?.status, 'running')
  assert.equal(desk.get('other', made.value.id), undefined)
  assert.equal(desk.list('other').length, 0)
  assert.equal(desk.cancel('other', made.value.id).ok, false)
})

test('desk: only so many run at once', async (t) => {
  const { desk, clock } = open(t)
  const made = await Promise.all([1, 2, 3].map(() => desk.create(caller('acme'), trace, wanted)))
  assert.deepEqual(
    made.map((one) => (one.ok ? 'runs' : one.fault.code)),
    ['runs', 'runs', 'gateway_overloaded'],
  )
  await clock.advance(1_000)
  assert.ok((await desk.create(caller('acme'), trace, wanted)).ok)
})

test('desk: one that is cancelled stays cancelled, and followers hear of it', async (t) => {
  const { desk, clock } = open(t)
  const made = await desk.create(caller('acme'), trace, wanted)
  assert.ok(made.ok)
  const heard: string[] = []
  desk.follow(made.value.id, ({ status }) => void heard.push(status))
  assert.ok(desk.cancel('acme', made.value.id).ok)
  await clock.advance(2_000)
  assert.equal(desk.get('acme', made.value.id)?.status, 'cancelled')
  assert.deepEqual(heard, ['cancelled'])
})

test('desk: what a defect ends has failed, and says so', async (t) => {
  const { desk, clock } = open(t, {
    prepare: async () => done({ run: () => Promise.reject(new Error('broken')) }),
  })
  const made = await desk.create(caller('acme'), trace, wanted)
  assert.ok(made.ok)
  await clock.advance(1)
  const note = desk.get('acme', made.value.id)
  assert.deepEqual([note?.status, note?.error], ['failed', 'broken'])
})

/** A note is in memory at once and on disk a little later. */
async function isOnDisk(dir: string, id: string, status: string): Promise<void> {
  const told = () =>
    readdirSync(dir).some((name) => name === `${id}.note.json` && text(name).includes(status))
  const text = (name: string) => readFileSync(join(dir, name), 'utf8')
  for (let turn = 0; turn < 500 && !told(); turn += 1) await systemClock.sleep(10)
}

test('desk: what became of one that is cut off is on disk when the desk is closed', async (t) => {
  const { desk, dir } = open(t)
  const made = await desk.create(caller('acme'), trace, wanted)
  assert.ok(made.ok)
  await desk.close()
  assert.match(readFileSync(join(dir, `${made.value.id}.note.json`), 'utf8'), /"status":"failed"/)
})

test('desk: after a restart what ran is told to have failed, and what is old is gone', async (t) => {
  const first = open(t)
  const made = await first.desk.create(caller('acme'), trace, wanted)
  assert.ok(made.ok)
  await isOnDisk(first.dir, made.value.id, '"running"')
  const second = open(t, {}, first.dir)
  const note = second.desk.get('acme', made.value.id)
  assert.equal(note?.status, 'failed')
  assert.match(note?.error ?? '', /post it again/)
  await isOnDisk(first.dir, made.value.id, '"failed"')
  const third = open(t, { keptForMs: -1 }, first.dir)
  assert.equal(third.desk.list('acme').length, 0)
})
