/** Writes the ledger: callers wait for the commit of their batch, never longer than the configured limit, and not at all while the store is away. */

import type { Worker } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import type { Outcome } from '../base/outcome.ts'
import type { KeptBeside, Ledger, LedgerIntent, LedgerRecord } from '../protocol/ledger-entry.ts'
import { Backlog, type Gathered, toBatch } from './backlog.ts'
import { type JournalAudit, type JournalReply, toJournalEntry } from './journal-port.ts'
import { createWaiting, type Waiting } from './waiting.ts'

export interface WriterOptions {
  readonly worker: Worker
  /** A new worker, where the old one has died. */
  readonly restart: () => Promise<Outcome<Worker, string>>
  readonly commitWaitMs: number
  readonly isRequired: () => boolean
  readonly spillBytes: number
  readonly clock: Clock
  readonly onProblem: (line: string) => void
  readonly onState?: (isWell: boolean, reason: string) => void
  readonly onCheckpoint?: (line: string) => void
}

export interface LedgerHealth {
  readonly isWell: boolean
  /** Things that wait to be written. */
  readonly waiting: number
  /** Entries that found no place in memory while the store was away. */
  readonly lost: number
}

export interface LedgerWriter extends Ledger {
  /** Notes in the chain what was done to the store; nobody waits for it. */
  note(audit: JournalAudit): void
  health(): LedgerHealth
}

export const createLedgerWriter = (options: WriterOptions): LedgerWriter => new Writer(options)

/** Entries and intents that are worth a commit at once. */
const batchSize = 64
/** Entries of one commit while a backlog is worked off. */
const backlogStep = 1_000
const firstTryAgainMs = 200
const mostTryAgainMs = 2_000
const closeWithinMs = 5_000

/** Has identity: the one writer of its journal. */
class Writer implements LedgerWriter {
  readonly #options: WriterOptions
  readonly #waiting: Waiting
  readonly #backlog: Backlog
  #worker: Worker
  #sent: { readonly id: number; readonly batch: Gathered; readonly atMs: number } | undefined
  #batches = 0
  #isWell = true
  #tryAgainMs = firstTryAgainMs
  /** Takes away the timer of the next try. */
  #next: (() => void) | undefined
  #closing: (() => void) | undefined

  constructor(options: WriterOptions) {
    this.#options = options
    this.#backlog = new Backlog(options.spillBytes)
    this.#waiting = createWaiting(options.clock, options.commitWaitMs)
    this.#worker = options.worker
    this.#listen(options.worker)
  }

  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }> {
    const { requestId } = intent
    if (!this.#options.isRequired()) {
      this.#backlog.intend(requestId, JSON.stringify(intent))
      return this.#written()
    }
    // Where recording is required a request without a confirmed intent is refused: none may stay of it.
    if (!this.#isWell) return Promise.resolve({ ok: false })
    this.#backlog.intend(requestId, JSON.stringify(intent))
    return this.#written().then((written) => {
      if (!written.ok) this.#backlog.withdraw(requestId)
      return written
    })
  }

  record(record: LedgerRecord, kept: KeptBeside): Promise<{ readonly ok: boolean }> {
    const { previews, salt, content } = kept
    const json = JSON.stringify(previews)
    const lostBefore = this.#backlog.lost()
    this.#backlog.enter({
      ...toJournalEntry(record),
      ...(json === '{}' ? {} : { previews: { salt, json } }),
      ...(content === undefined ? {} : { content }),
    })
    if (lostBefore === 0 && this.#backlog.lost() > 0)
      this.#options.onProblem(
        'no more entries fit into memory: those of requests from here on are lost and counted',
      )
    return this.#written()
  }

  note(audit: JournalAudit): void {
    this.#backlog.note(audit)
    this.#gatherSoon()
  }

  health(): LedgerHealth {
    const sent = this.#sent?.batch.entries.length ?? 0
    return { isWell: this.#isWell, waiting: this.#backlog.size() + sent, lost: this.#backlog.lost() }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#next?.()
        void this.#worker.terminate().then(() => resolve())
      }
      const giveUp = this.#options.clock.after(closeWithinMs, () => {
        const { waiting } = this.health()
        if (waiting > 0) this.#options.onProblem(`${waiting} records could not be written to the ledger`)
        end()
      })
      this.#closing = () => {
        giveUp()
        end()
      }
      this.#send()
      if (!this.#sent) this.#worker.postMessage('close')
    })
  }

  #written(): Promise<{ readonly ok: boolean }> {
    this.#gatherSoon()
    if (!this.#isWell) return Promise.resolve({ ok: false })
    return this.#waiting.add(() => this.#turn(false, `no commit within ${this.#options.commitWaitMs} ms`))
  }

  #gatherSoon(): void {
    if (this.#backlog.size() === 1) setImmediate(() => this.#gather(1))
  }

  /** Waits as long as each turn of the event loop brings more: a commit costs nearly the same for one as for thirty. */
  #gather(before: number): void {
    const now = this.#backlog.size()
    if (now > before && now < batchSize) setImmediate(() => this.#gather(now))
    else if (now > 0 && !this.#next) this.#send()
  }

  /** Where the store is away an empty batch is sent too: it tells when the store is back. */
  #send(): void {
    if (this.#sent || (this.#isWell && this.#backlog.size() === 0)) return
    this.#next?.()
    this.#next = undefined
    this.#batches += 1
    const batch = this.#backlog.take(this.#isWell ? Number.POSITIVE_INFINITY : backlogStep)
    this.#sent = { id: this.#batches, batch, atMs: this.#options.clock.monoMs() }
    this.#waiting.nextBatch(this.#batches)
    this.#worker.postMessage(toBatch(this.#batches, batch, { mustReachStore: this.#options.isRequired() }))
  }

  #listen(worker: Worker): void {
    worker.on('message', (reply: JournalReply) => this.#hear(reply))
    worker.on('error', (error) => this.#turn(false, error.message))
    worker.on('exit', () => {
      if (!this.#closing) this.#replace()
    })
  }

  #hear(reply: JournalReply): void {
    if (reply.kind === 'closed') this.#closing?.()
    if (reply.kind === 'note') this.#options.onProblem(reply.line)
    if (reply.kind === 'checkpoint') this.#options.onCheckpoint?.(reply.line)
    if (reply.kind !== 'committed' && reply.kind !== 'failed') return
    const sent = this.#sent
    if (sent?.id !== reply.id) return
    this.#sent = undefined
    this.#waiting.settle(reply.id, reply.kind === 'committed')
    if (reply.kind === 'committed') this.#committed(this.#options.clock.monoMs() - sent.atMs)
    else this.#failed(sent.batch, reply.reason)
    if (this.#closing && !this.#sent && this.#backlog.size() === 0) this.#worker.postMessage('close')
  }

  #committed(tookMs: number): void {
    this.#tryAgainMs = firstTryAgainMs
    const isBehind = this.#backlog.size() > backlogStep
    if (tookMs < this.#options.commitWaitMs && !isBehind) this.#turn(true, '')
    if (this.#isWell) setImmediate(() => this.#gather(0))
    else if (this.#backlog.size() > 0) this.#send()
    else this.#tryAgain()
  }

  #failed(batch: Gathered, reason: string): void {
    this.#turn(false, reason)
    this.#backlog.giveBack(batch)
    this.#tryAgain()
  }

  #tryAgain(): void {
    this.#next ??= this.#options.clock.after(this.#tryAgainMs, () => {
      this.#next = undefined
      this.#send()
    })
    this.#tryAgainMs = Math.min(mostTryAgainMs, this.#tryAgainMs * 2)
  }

  /** What the dead worker had not confirmed may be on disk or not: the new one is told to look. */
  #replace(): void {
    this.#turn(false, 'the writer ended')
    const again = () => {
      this.#tryAgainMs = Math.min(mostTryAgainMs, this.#tryAgainMs * 2)
      this.#options.clock.after(this.#tryAgainMs, () => this.#replace())
    }
    void this.#options.restart().then((started) => {
      if (this.#closing) return
      if (!started.ok) return again()
      this.#worker = started.value
      this.#listen(started.value)
      if (this.#sent) started.value.postMessage(toBatch(this.#sent.id, this.#sent.batch, { isRepeat: true }))
      else this.#send()
    })
  }

  #turn(isWell: boolean, reason: string): void {
    if (isWell === this.#isWell) return
    this.#isWell = isWell
    this.#options.onProblem(isWell ? 'the ledger is written again' : `the ledger is not written: ${reason}`)
    this.#options.onState?.(isWell, reason)
  }
}
