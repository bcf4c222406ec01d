/** Where the workers of one machine keep their journals: the first in the data directory itself, the others beneath it. */

import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openControlFile } from '../../record/control/control-file.ts'
import { journalFile, openCheckpointKey, openInstallation } from '../../record/data-directory.ts'

/** From 1. */
export function workerDir(dataDir: string, worker: number): string {
  return worker <= 1 ? dataDir : join(dataDir, 'workers', String(worker))
}

/** Every directory with a journal, the data directory first. */
export function journalDirs(dataDir: string): readonly string[] {
  const beneath = join(dataDir, 'workers')
  const names = existsSync(beneath) ? readdirSync(beneath) : []
  const workers = names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((one, other) => one - other)
  const dirs = workers.map((worker) => workerDir(dataDir, worker))
  return [dataDir, ...dirs.filter((dir) => existsSync(journalFile(dir)))]
}

/** All workers hash with one key and sign with one key. Throws where the disk refuses. */
export function prepareWorkerDirs(dataDir: string, workers: number): void {
  openInstallation(dataDir)
  openCheckpointKey(dataDir)
  // Of several processes that make the file at once, SQLite sends some away without waiting. What is wrong with it, each worker says.
  const control = openControlFile(dataDir)
  if (control.ok) control.value.close()
  for (let worker = 2; worker <= workers; worker += 1) {
    const dir = workerDir(dataDir, worker)
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    for (const name of ['installation.key', 'checkpoint.key']) {
      const to = join(dir, name)
      if (!existsSync(to)) copyFileSync(join(dataDir, name), to)
    }
  }
}
