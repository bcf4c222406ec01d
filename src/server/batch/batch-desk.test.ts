import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { type Clock, systemClock } from '../../base/clock.ts'
import type { Caller } from '../../protocol/access.ts'
import { type BatchNote, isOver } from '../../record/batch/batch-note.ts'
import { openFileStore } from '../../record/batch/file-store.ts'
import { openNoteFolder } from '../../record/batch/note-folder.ts'
import { openBatchDesk, windowMs } from './batch-desk.ts'
import type { RunOptions } from './run-lines.ts'

/** A batch is over before its last note is on disk: the desk is closed first. */
const endings: (() => Promise<void>)[] = []
after(async () => {
  for (const end of endings) await end()
})

const caller: Caller = {
  name: 'a',
  kind: 'key',
  keyId: 'vk_1',
  tenant: 'acme',
  scopes: ['inference'],
  limits: {},
}
const line = (id: string) => JSON.stringify({ custom_id: id, url: '/v1/chat/completions', body: {} })

/** The wall clock can be set on; timers of a day are due when it is. */
function settableClock() {
  let aheadMs = 0
  const late = new Set<() => void>()
  const clock: Clock = {
    ...systemClock,
    wallMs: () => systemClock.wallMs() + aheadMs,
    after(forMs, then) {
      if (forMs < 60_000) return systemClock.after(forMs, then)
      late.add(then)
      return () => void late.delete(then)
    },
  }
  return {
    clock,
    aDayOn() {
      aheadMs += windowMs
      for (const then of late) then()
    },
  }
}

function opened(ask: RunOptions['ask']) {
  const { clock, aDayOn } = settableClock()
  // Whoever opens a folder of notes takes away what another is writing there.
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  const files = openFileStore(dir, clock)
  const notes = openNoteFolder<BatchNote>(join(dir, 'batches'))
  const desk = openBatchDesk({
    files,
    notes,
    clock,
    settings: () => ({ concurrency: 2, maxLines: 100, keptForMs: 1_000 }),
    askerFor: () => ask,
    onProblem: (problem) => assert.fail(problem),
  })
  endings.push(async () => {
    await desk.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return { desk, files, aDayOn }
}

test('batch desk: what is not asked within a day is given up, and stands among the errors', async () => {
  let asked = 0
  const { desk, files, aDayOn } = opened(async ({ number, customId }) => {
    asked += 1
    if (asked === 3) aDayOn()
    return { number, customId, response: { status: 200, requestId: 'r', body: {} } }
  })
  const content = Readable.from(Array.from({ length: 10 }, (_, at) => `${line(`c${at}`)}\n`))
  const taken = await files.take({ tenant: 'acme', name: 'in.jsonl' }, content)
  assert.ok(taken.ok)
  const made = await desk.create(caller, {
    inputFileId: taken.note.id,
    endpoint: '/v1/chat/completions',
    completionWindow: '24h',
  })
  assert.ok(made.ok)
  const note = await over(() => desk.get('acme', made.value.id))
  assert.equal(note.status, 'expired')
  assert.ok(note.completed < 10 && note.completed + note.failed === 10, JSON.stringify(note))
  const errors = readFileSync(files.path(note.errorFileId), 'utf8').trimEnd().split('\n')
  assert.equal(errors.length, note.failed)
  assert.match(errors[0] ?? '', /"code":"batch_expired"/)
})

test('batch desk: files end, and are swept away', async () => {
  const { files, aDayOn } = opened(async () => assert.fail('nothing is asked'))
  const taken = await files.take(
    { tenant: 'acme', name: 'a', expiresAtMs: systemClock.wallMs() + 1_000 },
    Readable.from(['x']),
  )
  assert.ok(taken.ok)
  assert.ok(files.get(taken.note.id))
  aDayOn()
  assert.equal(files.get(taken.note.id), undefined)
  assert.ok((await files.sweep()) >= 1)
  assert.throws(() => readFileSync(files.path(taken.note.id)))
})

async function over(get: () => BatchNote | undefined): Promise<BatchNote> {
  for (let tries = 0; tries < 500; tries += 1) {
    const note = get()
    if (note && isOver(note)) return note
    await systemClock.sleep(10)
  }
  throw new Error('the batch did not end')
}
