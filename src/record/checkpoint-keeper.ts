/** Signs a checkpoint when one is due and appends it to its file, never before what it covers is on disk. */

import { readFileSync } from 'node:fs'
import { appendFile, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { readCheckpoint, signCheckpoint } from './checkpoint.ts'
import { journalFile, openCheckpointKey } from './data-directory.ts'
import type { CheckpointRules } from './journal-port.ts'

export interface Place {
  readonly seq: number
  readonly hash: string
}

export interface CheckpointKeeper {
  /** Other journals of which the file holds checkpoints. */
  readonly otherJournals: readonly string[]
  /** To be called after each commit. */
  reached(place: Place): void
  /** Makes one now where anything is new, and waits for it. */
  finish(): Promise<void>
}

export interface KeeperOptions {
  readonly dir: string
  readonly journalId: string
  readonly rules: CheckpointRules
  readonly onCheckpoint: (line: string) => void
  readonly onProblem: (line: string) => void
}

export function createCheckpointKeeper({ dir, journalId, rules, ...tell }: KeeperOptions): CheckpointKeeper {
  const key = openCheckpointKey(dir)
  let latest: Place = { seq: 0, hash: '' }
  const before = readLines(rules.file)
  let covered = lastCovered(before, journalId)
  /** A line that was cut off by a loss of power must not swallow the next. */
  let gap = (before.at(-1) ?? '') === '' ? '' : '\n'
  let running: Promise<void> | undefined
  let timer: (() => void) | undefined
  let isWell = true

  const write = async () => {
    const place = latest
    if (place.seq <= covered) return
    try {
      await syncLog(dir)
      const atUtc = new Date(systemClock.wallMs()).toISOString()
      const line = JSON.stringify(
        signCheckpoint({ journalId, size: place.seq, root: place.hash, atUtc }, key),
      )
      // Never in the way of a commit: the file may lie on a disk of another machine.
      await mkdir(dirname(rules.file), { recursive: true, mode: 0o700 })
      await appendFile(rules.file, `${gap}${line}\n`, { mode: 0o600 })
      gap = ''
      covered = place.seq
      tell.onCheckpoint(line)
      if (!isWell) tell.onProblem(`checkpoints are written to ${rules.file} again`)
      isWell = true
    } catch (error) {
      if (isWell) tell.onProblem(`no checkpoint can be written to ${rules.file}: ${String(error)}`)
      isWell = false
    }
  }
  const start = () => {
    timer?.()
    timer = undefined
    running ??= write().finally(() => {
      running = undefined
    })
    return running
  }
  return {
    otherJournals: otherJournals(before, journalId),
    reached(place) {
      latest = place
      if (latest.seq <= covered) return
      timer ??= systemClock.after(rules.everyMs, start)
      if (latest.seq - covered >= rules.everyEntries && isWell) void start()
    },
    async finish() {
      await running
      await start()
      timer?.()
      timer = undefined
    },
  }
}

/** Commits lie in the write-ahead log; a checkpoint must not outlive them in a loss of power. */
async function syncLog(dir: string): Promise<void> {
  const log = await open(`${journalFile(dir)}-wal`, 'r')
  try {
    await log.datasync()
  } finally {
    await log.close()
  }
}

function lastCovered(lines: readonly string[], journalId: string): number {
  const own = lines.flatMap((line) => readCheckpoint(line) ?? [])
  return own.reduce((most, one) => (one.journalId === journalId ? Math.max(most, one.size) : most), 0)
}

function otherJournals(lines: readonly string[], journalId: string): readonly string[] {
  const ids = lines.flatMap((line) => readCheckpoint(line)?.journalId ?? [])
  return [...new Set(ids)].filter((id) => id !== journalId)
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
