import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { journalDirs, prepareWorkerDirs, workerDir } from './worker-dirs.ts'

test('directories of workers: one key for all, and the file they share is there before them', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  prepareWorkerDirs(dir, 3)
  for (const name of ['installation.key', 'checkpoint.key'])
    for (const worker of [2, 3])
      assert.deepEqual(readFileSync(join(workerDir(dir, worker), name)), readFileSync(join(dir, name)))
  // Made and in the mode that processes share, so that none of them has to change it.
  const control = new DatabaseSync(join(dir, 'control.db'), { readOnly: true })
  assert.deepEqual({ ...control.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' })
  assert.deepEqual({ ...control.prepare('PRAGMA user_version').get() }, { user_version: 1 })
  control.close()
  assert.deepEqual(journalDirs(dir), [dir])
})
