/** Opens the ledger: the data directory, its key, and the worker that writes. */

import { Worker } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import type { RetentionConfig as RetentionRules } from '../config/config.ts'
import { openAheadFile } from './ahead-file.ts'
import { aheadFile, checkpointsFile, openInstallation } from './data-directory.ts'
import type { JournalReply, JournalSetup } from './journal-port.ts'
import { createLedgerWriter, type LedgerWriter } from './ledger-writer.ts'

export interface LedgerOptions {
  readonly dir: string
  readonly synchronous: 'normal' | 'full'
  /** Longest wait for a commit, ms. */
  readonly commitWaitMs: number
  /** True where requests that cannot be recorded are refused. */
  readonly isRequired: () => boolean
  readonly checkpoints: {
    readonly everyEntries: number
    readonly everyMs: number
    /** Beside the journal where it is absent. */
    readonly file?: string
  }
  readonly retention: RetentionRules
  /** Bytes of entries that wait in memory while the store is away. */
  readonly spillBytes: number
  readonly clock: Clock
  /** One line per change of state, for the log. */
  readonly onProblem: (line: string) => void
  /** Each change of state: whether entries are written, and why not. */
  readonly onState?: (isWell: boolean, reason: string) => void
  /** Each signed checkpoint, one line of JSON. */
  readonly onCheckpoint?: (line: string) => void
}

export interface OpenLedger {
  readonly ledger: LedgerWriter
  /** Requests of a process that died, entered as UNKNOWN_CRASH. */
  readonly recovered: number
  readonly installationKey: Buffer
}

/** A data directory that another process writes to, or a newer one's, is a reason in words. */
export async function openLedger(options: LedgerOptions): Promise<Outcome<OpenLedger, string>> {
  let installationKey: Buffer
  try {
    installationKey = openInstallation(options.dir)
  } catch (error) {
    return unusable(options.dir, error)
  }
  const first = await startWorker(options, true)
  if (!first.ok) return first
  const { worker, recovered } = first.value
  const restart = async () => {
    const next = await startWorker(options, false)
    return next.ok ? done(next.value.worker) : next
  }
  const mustFlush = options.synchronous === 'full'
  try {
    const ahead = openAheadFile(aheadFile(options.dir))
    const ledger = createLedgerWriter({ ...options, ahead, mustFlush, worker, restart })
    return done({ ledger, recovered, installationKey })
  } catch (error) {
    await worker.terminate()
    return unusable(options.dir, error)
  }
}

const unusable = (dir: string, error: unknown) => failed(`cannot use ${dir}: ${reasonOf(error)}`)

/** What the thread leaves behind dies at once: more room, which V8 would give it under load, spares it nothing. */
const youngMb = 12

interface Started {
  readonly worker: Worker
  readonly recovered: number
}

async function startWorker(options: LedgerOptions, recovers: boolean): Promise<Outcome<Started, string>> {
  const { dir, synchronous, checkpoints, retention, clock } = options
  const workerData: JournalSetup = {
    dir,
    synchronous,
    newJournalId: makeId('jrn', clock.wallMs()),
    checkpoints: { ...checkpoints, file: checkpoints.file ?? checkpointsFile(dir) },
    retention,
    recovers,
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./journal-worker.${extension}`, import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
  })
  const first = await firstReply(worker, options.onProblem)
  if (first.kind === 'open') return done({ worker, recovered: first.recovered })
  await worker.terminate()
  return failed(first.kind === 'refused' ? first.reason : 'the journal did not open')
}

/** Whether it opened; what it notes before that is passed on. */
function firstReply(worker: Worker, onNote: (line: string) => void): Promise<JournalReply> {
  return new Promise((resolve) => {
    const hear = (reply: JournalReply) => {
      if (reply.kind === 'note') return onNote(reply.line)
      worker.off('message', hear)
      resolve(reply)
    }
    worker.on('message', hear)
    worker.once('error', (error) => resolve({ kind: 'refused', reason: error.message }))
  })
}
