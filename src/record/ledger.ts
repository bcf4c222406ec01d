/** Writes the ledger: callers wait for the commit of their batch, and never longer than the configured limit. */

import { Worker } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Ledger, LedgerIntent, LedgerPreviews, LedgerRecord } from '../protocol/ledger-entry.ts'
import { openInstallation } from './data-directory.ts'
import { type JournalEntry, type JournalReply, type JournalSetup, toJournalEntry } from './journal-port.ts'
import { createWaiting } from './waiting.ts'

export interface LedgerOptions {
  readonly dir: string
  readonly synchronous: 'normal' | 'full'
  /** Longest wait for a commit, ms. */
  readonly commitWaitMs: number
  readonly clock: Clock
  /** One line per change of state, for the log. */
  readonly onProblem: (line: string) => void
}

export interface OpenLedger extends Ledger {
  /** Requests of a process that died, entered as UNKNOWN_CRASH. */
  readonly recovered: number
  readonly installationKey: Buffer
}

/** Entries that wait in memory while the store does not answer; beyond it the oldest intents go first. */
const spillLimit = 100_000

/** A data directory that another process writes to, or a newer one's, is a reason in words. */
export async function openLedger(options: LedgerOptions): Promise<Outcome<OpenLedger, string>> {
  let installationKey: Buffer
  try {
    installationKey = openInstallation(options.dir)
  } catch (error) {
    return failed(`cannot use ${options.dir}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const workerData: JournalSetup = {
    dir: options.dir,
    synchronous: options.synchronous,
    newJournalId: makeId('jrn', options.clock.wallMs()),
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./journal-worker.${extension}`, import.meta.url), { workerData })
  const first = await firstReply(worker)
  if (first.kind !== 'open') {
    await worker.terminate()
    return failed(first.kind === 'refused' ? first.reason : 'the journal did not open')
  }
  return done({ ...writer(worker, options), recovered: first.recovered, installationKey })
}

function firstReply(worker: Worker): Promise<JournalReply> {
  return new Promise((resolve) => {
    worker.once('message', resolve)
    worker.once('error', (error) => resolve({ kind: 'refused', reason: error.message }))
  })
}

function writer(worker: Worker, options: LedgerOptions): Ledger {
  const waiting = createWaiting(options.clock, options.commitWaitMs)
  let intents: { requestId: string; json: string }[] = []
  let entries: JournalEntry[] = []
  let sent: { id: number; intents: typeof intents; entries: typeof entries } | undefined
  let batches = 0
  let isWell = true
  let closing: (() => void) | undefined

  const turn = (well: boolean, reason: string) => {
    if (well !== isWell)
      options.onProblem(well ? 'the ledger is written again' : `the ledger is not written: ${reason}`)
    isWell = well
  }
  const send = () => {
    if (sent || (intents.length === 0 && entries.length === 0)) return
    batches += 1
    sent = { id: batches, intents, entries }
    waiting.nextBatch(batches)
    intents = []
    entries = []
    worker.postMessage(sent)
  }
  const keep = (batch: NonNullable<typeof sent>) => {
    entries = [...batch.entries, ...entries].slice(-spillLimit)
    intents = [...batch.intents, ...intents].slice(-spillLimit)
  }
  worker.on('message', (reply: JournalReply) => {
    if (reply.kind === 'closed') closing?.()
    if (reply.kind !== 'committed' && reply.kind !== 'failed') return
    const batch = sent
    sent = undefined
    waiting.settle(reply.id, reply.kind === 'committed')
    if (reply.kind === 'committed') {
      turn(true, '')
      send()
    } else if (batch) {
      turn(false, reply.reason)
      keep(batch)
      options.clock.after(200, send)
    }
    if (closing && !sent && entries.length === 0) worker.postMessage('close')
  })
  worker.on('error', (error) => turn(false, error.message))

  const written = (): Promise<{ ok: boolean }> => {
    // Everything that arrives in one turn of the event loop goes into one batch.
    if (entries.length + intents.length === 1) setImmediate(send)
    if (!isWell) return Promise.resolve({ ok: false })
    return waiting.add(() => turn(false, `no commit within ${options.commitWaitMs} ms`))
  }
  return {
    intend(intent: LedgerIntent) {
      intents.push({ requestId: intent.requestId, json: JSON.stringify(intent) })
      return written()
    },
    record(record: LedgerRecord, previews: LedgerPreviews, salt: string) {
      const json = JSON.stringify(previews)
      entries.push({ ...toJournalEntry(record), ...(json === '{}' ? {} : { previews: { salt, json } }) })
      return written()
    },
    close: () =>
      new Promise((resolve) => {
        const end = () => worker.terminate().then(() => resolve())
        closing = end
        options.clock.after(5_000, end)
        send()
        if (!sent) worker.postMessage('close')
      }),
  }
}
