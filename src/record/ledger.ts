/** Writes the ledger: callers wait for the commit of their batch, and never longer than the configured limit. */

import { Worker } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Ledger, LedgerIntent, LedgerPreviews, LedgerRecord } from '../protocol/ledger-entry.ts'
import { openInstallation } from './data-directory.ts'
import {
  entryTexts,
  type JournalBatch,
  type JournalEntry,
  type JournalReply,
  type JournalSetup,
  toJournalEntry,
} from './journal-port.ts'
import { createWaiting, type Waiting } from './waiting.ts'

export interface LedgerOptions {
  readonly dir: string
  readonly synchronous: 'normal' | 'full'
  /** Longest wait for a commit, ms. */
  readonly commitWaitMs: number
  readonly clock: Clock
  /** One line per change of state, for the log. */
  readonly onProblem: (line: string) => void
}

export interface OpenLedger {
  readonly ledger: Ledger
  /** Requests of a process that died, entered as UNKNOWN_CRASH. */
  readonly recovered: number
  readonly installationKey: Buffer
}

/** Entries that wait in memory while the store does not answer; beyond it the oldest intents go first. */
const spillLimit = 100_000
const tryAgainMs = 200
/** Entries and intents that are worth a commit at once. */
const batchSize = 64
const closeWithinMs = 5_000

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
  const ledger = new Writer(worker, options)
  return done({ ledger, recovered: first.recovered, installationKey })
}

function firstReply(worker: Worker): Promise<JournalReply> {
  return new Promise((resolve) => {
    worker.once('message', resolve)
    worker.once('error', (error) => resolve({ kind: 'refused', reason: error.message }))
  })
}

/** What is gathered while the batch before it is committed. */
interface Gathered {
  readonly intents: { readonly requestId: string; readonly json: string }[]
  readonly entries: JournalEntry[]
}

function toBatch(id: number, { intents, entries }: Gathered): JournalBatch {
  const texts: (string | null)[] = []
  for (const entry of entries) texts.push(...entryTexts(entry))
  return { id, intents: intents.flatMap(({ requestId, json }) => [requestId, json]), entries: texts }
}

/** Has identity: the one writer of its journal. */
class Writer implements Ledger {
  readonly #worker: Worker
  readonly #options: LedgerOptions
  readonly #waiting: Waiting
  #next: Gathered = { intents: [], entries: [] }
  #sent: Gathered | undefined
  #batches = 0
  #isWell = true
  #closing: (() => void) | undefined

  constructor(worker: Worker, options: LedgerOptions) {
    this.#worker = worker
    this.#options = options
    this.#waiting = createWaiting(options.clock, options.commitWaitMs)
    worker.on('message', (reply: JournalReply) => this.#hear(reply))
    worker.on('error', (error) => this.#turn(false, error.message))
  }

  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }> {
    this.#next.intents.push({ requestId: intent.requestId, json: JSON.stringify(intent) })
    return this.#written()
  }

  record(record: LedgerRecord, previews: LedgerPreviews, salt: string): Promise<{ readonly ok: boolean }> {
    const json = JSON.stringify(previews)
    this.#next.entries.push({
      ...toJournalEntry(record),
      ...(json === '{}' ? {} : { previews: { salt, json } }),
    })
    return this.#written()
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => void this.#worker.terminate().then(() => resolve())
      const giveUp = this.#options.clock.after(closeWithinMs, end)
      this.#closing = () => {
        giveUp()
        end()
      }
      this.#send()
      if (!this.#sent) this.#worker.postMessage('close')
    })
  }

  #written(): Promise<{ readonly ok: boolean }> {
    if (this.#gathered() === 1) setImmediate(() => this.#gather(1))
    if (!this.#isWell) return Promise.resolve({ ok: false })
    return this.#waiting.add(() => this.#turn(false, `no commit within ${this.#options.commitWaitMs} ms`))
  }

  #gathered(): number {
    return this.#next.entries.length + this.#next.intents.length
  }

  /** Waits as long as each turn of the event loop brings more: a commit costs nearly the same for one as for thirty. */
  #gather(before: number): void {
    const now = this.#gathered()
    if (now > before && now < batchSize) setImmediate(() => this.#gather(now))
    else this.#send()
  }

  #send(): void {
    if (this.#sent || this.#gathered() === 0) return
    this.#batches += 1
    this.#sent = this.#next
    this.#next = { intents: [], entries: [] }
    this.#waiting.nextBatch(this.#batches)
    this.#worker.postMessage(toBatch(this.#batches, this.#sent))
  }

  #hear(reply: JournalReply): void {
    if (reply.kind === 'closed') this.#closing?.()
    if (reply.kind !== 'committed' && reply.kind !== 'failed') return
    const batch = this.#sent
    this.#sent = undefined
    this.#waiting.settle(reply.id, reply.kind === 'committed')
    if (reply.kind === 'committed') {
      this.#turn(true, '')
      setImmediate(() => this.#gather(0))
    } else if (batch) {
      this.#turn(false, reply.reason)
      this.#keep(batch)
      this.#options.clock.after(tryAgainMs, () => this.#send())
    }
    if (this.#closing && !this.#sent && this.#next.entries.length === 0) this.#worker.postMessage('close')
  }

  /** What could not be committed goes first into the next batch. */
  #keep(batch: Gathered): void {
    this.#next = {
      intents: [...batch.intents, ...this.#next.intents].slice(-spillLimit),
      entries: [...batch.entries, ...this.#next.entries].slice(-spillLimit),
    }
  }

  #turn(isWell: boolean, reason: string): void {
    if (isWell !== this.#isWell)
      this.#options.onProblem(isWell ? 'the ledger is written again' : `the ledger is not written: ${reason}`)
    this.#isWell = isWell
  }
}
