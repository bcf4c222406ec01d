import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { openAheadFile } from '../record/ahead-file.ts'
import { aheadFile } from '../record/data-directory.ts'
import { entryLine } from '../record/journal-port.ts'
import { openJournal, releaseLocks } from '../record/journal-store.ts'
import { LineBlocks } from '../record/line-blocks.ts'
import { leftAheadText } from './left-ahead.ts'

const lineOf = (requestId: string) =>
  entryLine({
    requestId,
    atUtc: '2026-01-01T00:00:00.000Z',
    outcome: 'SUCCESS',
    provider: null,
    model: null,
    tenant: 'default',
    route: 'chat',
    json: '{}',
  })
const intentOf = (requestId: string) => JSON.stringify({ requestId })

/** A data directory whose process has died; the journal holds the requests named. */
function died(t: TestContext, ended: readonly string[], running: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-ahead-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const file = openAheadFile(aheadFile(dir))
  for (const requestId of [...ended, ...running]) file.intend(requestId, intentOf(requestId))
  const blocks = new LineBlocks()
  for (const requestId of ended) file.enter(requestId, blocks.add(lineOf(requestId)))
  file.write()
  file.close()
  return dir
}

const holding = (...requestIds: readonly string[]) => ({
  show: (requestId: string) => (requestIds.includes(requestId) ? ({} as never) : undefined),
})

const rows: readonly [
  name: string,
  ended: string[],
  running: string[],
  held: string[],
  says: RegExp | undefined,
][] = [
  ['nothing was running', [], [], [], undefined],
  ['all is in the journal', ['a', 'b'], [], ['a', 'b'], undefined],
  ['one entry is not', ['a', 'b'], [], ['a'], /^not shown yet: 1 ended and 0 running/],
  ['one request was running', ['a'], ['c'], ['a'], /^not shown yet: 0 ended and 1 running/],
]
for (const [name, ended, running, held, says] of rows)
  test(`left ahead: ${name}`, (t) => {
    const text = leftAheadText(died(t, ended, running), holding(...held))
    if (says) assert.match(text ?? '', says)
    else assert.equal(text, undefined)
  })

test('left ahead: while a process writes there, nothing is missing for long', (t) => {
  const dir = died(t, ['a'], [])
  const lock = new DatabaseSync(join(dir, 'writer.lock'))
  t.after(() => lock.close())
  lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  assert.equal(leftAheadText(dir, holding()), undefined)
})

test('left ahead: a process that starts while someone looks waits until they have looked', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-ahead-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const looking = new Worker(
    `const { DatabaseSync } = require('node:sqlite')
     const { parentPort, workerData } = require('node:worker_threads')
     const lock = new DatabaseSync(workerData)
     lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
     parentPort.postMessage('looking')
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40)
     lock.close()`,
    { eval: true, workerData: join(dir, 'writer.lock') },
  )
  // Listened for from the start: on a busy machine the thread may have ended when its message comes.
  const ended = once(looking, 'exit')
  await once(looking, 'message')
  const journal = openJournal({ dir, synchronous: 'normal', newJournalId: 'jrn_1' })
  journal.db.close()
  releaseLocks()
  await ended
})
