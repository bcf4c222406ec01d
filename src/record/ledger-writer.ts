/** Writes the ledger: each entry goes into the write-ahead file before its request is answered, and into the journal with the next commit. Where that is demanded callers wait for the commit, never longer than the configured limit, and not at all while the store is away. */

import type { Clock } from '../base/clock.ts'
import type { KeptBeside, Ledger, LedgerIntent, LedgerRecord } from '../protocol/ledger-entry.ts'
import type { AheadFile } from './ahead-file.ts'
import { AheadKeeper } from './ahead-keeper.ts'
import { Backlog, countEntries, type Gathered, toBatch } from './backlog.ts'
import { JournalLink, type JournalLinkOptions } from './journal-link.ts'
import { entryParts, type JournalAudit, type JournalReply, toJournalEntry } from './journal-port.ts'
import { createWaiting, type Waiting } from './waiting.ts'

export interface WriterOptions extends Pick<JournalLinkOptions, 'worker' | 'restart'> {
  readonly ahead: AheadFile
  readonly commitWaitMs: number
  readonly isRequired: () => boolean
  /** Nothing counts that would not outlive a loss of power. */
  readonly mustFlush: boolean
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
  /** Resolves once everything entered before is in the journal, or `commitWaitMs` are over: for who reads there. */
  settled(): Promise<void>
}

export const createLedgerWriter = (options: WriterOptions): LedgerWriter => new Writer(options)

/** Entries that are worth a commit at once. */
const batchSize = 64
/** How long entries that nobody waits for gather: a commit costs nearly the same for one as for thirty, ms. */
const gatherMs = 25
/** Entries of one commit while a backlog is worked off. */
const backlogStep = 1_000
const firstTryAgainMs = 200
const mostTryAgainMs = 2_000
const closeWithinMs = 5_000

interface Sent {
  readonly id: number
  readonly batch: Gathered
  readonly atMs: number
}

/** Has identity: the one writer of its journal. */
class Writer implements LedgerWriter {
  readonly #options: WriterOptions
  readonly #waiting: Waiting
  readonly #backlog: Backlog
  readonly #ahead: AheadKeeper
  readonly #journal: JournalLink
  #sent: Sent | undefined
  #batches = 0
  #isWell = true
  #tryAgainMs = firstTryAgainMs
  /** Takes away the timer of the next try. */
  #next: (() => void) | undefined
  /** Each takes away the timer of that name. */
  #gathering: (() => void) | undefined
  #late: (() => void) | undefined
  /** Somebody waits for what gathers now. */
  #isAwaited = false
  #isTurning = false
  #closing: (() => void) | undefined

  constructor(options: WriterOptions) {
    this.#options = options
    this.#backlog = new Backlog(options.spillBytes)
    this.#waiting = createWaiting(options.clock, options.commitWaitMs)
    this.#ahead = new AheadKeeper({
      ...options,
      file: options.ahead,
      unwritten: () => [...(this.#sent?.batch.blocks ?? []), ...this.#backlog.blocks()],
    })
    this.#journal = new JournalLink({
      ...options,
      onReply: (reply) => this.#hear(reply),
      onTrouble: (reason) => this.#turn(false, reason),
      onSuccessor: () => this.#sendAgain(),
    })
  }

  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }> {
    if (this.#options.isRequired()) return this.#intendSurely(intent)
    const told = this.#tellIntent(intent)
    return this.#options.mustFlush ? told.then((one) => (one.ok ? this.#flushed() : one)) : told
  }

  record(record: LedgerRecord, kept: KeptBeside): Promise<{ readonly ok: boolean }> {
    const { previews, salt, content } = kept
    const json = JSON.stringify(previews)
    const { requestId, atUtc } = record
    const beside = { previews: json === '{}' ? undefined : { salt, json }, content }
    const block = this.#backlog.enter(entryParts(toJournalEntry(record), beside), atUtc)
    if (!block) {
      if (this.#backlog.lost() === 1)
        this.#options.onProblem('no more entries fit into memory: those that follow are lost and counted')
      void this.#ahead.tell((file) => file.withdraw(requestId))
      return Promise.resolve({ ok: false })
    }
    const enter = (file: AheadFile) => file.enter(requestId, block)
    if (this.#options.mustFlush || this.#options.isRequired()) {
      void this.#ahead.tell(enter)
      return this.#committed()
    }
    this.#commitSoon()
    return this.#ahead.tell(enter, () => this.#committed())
  }

  note(audit: JournalAudit): void {
    this.#backlog.note(audit)
    this.#commitSoon()
  }

  health(): LedgerHealth {
    const sent = this.#sent ? countEntries(this.#sent.batch) : 0
    return { isWell: this.#isWell, waiting: this.#backlog.size() + sent, lost: this.#backlog.lost() }
  }

  async settled(): Promise<void> {
    if (!this.#isWell || (this.#backlog.size() === 0 && !this.#sent)) return
    this.#backlog.ask()
    await this.#committed()
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#next?.()
        this.#gathering?.()
        this.#late?.()
        this.#ahead.close()
        void this.#journal.end().then(resolve)
      }
      const giveUp = this.#options.clock.after(closeWithinMs, () => {
        const { waiting } = this.health()
        if (waiting > 0)
          this.#options.onProblem(`${waiting} records are not in the ledger yet: the next start enters them`)
        end()
      })
      this.#closing = () => {
        giveUp()
        end()
      }
      this.#journal.beginToEnd()
      this.#send()
      if (!this.#sent) this.#journal.askToClose()
    })
  }

  /** Where recording is required a request without a confirmed intent, or whose entry would find no store, is refused: nothing may stay of it. */
  async #intendSurely(intent: LedgerIntent): Promise<{ readonly ok: boolean }> {
    if (!this.#isWell) return { ok: false }
    const { requestId } = intent
    const told = await this.#tellIntent(intent)
    this.#backlog.ask()
    const committed = await this.#committed()
    const flushed = this.#options.mustFlush ? await this.#flushed() : committed
    const ok = told.ok && committed.ok && flushed.ok
    if (!ok) void this.#ahead.tell((file) => file.withdraw(requestId))
    return { ok }
  }

  /** Whoever waits for the first words of a stream waits for nobody else. */
  #tellIntent(intent: LedgerIntent): Promise<{ readonly ok: boolean }> {
    const tell = (file: AheadFile) => file.intend(intent.requestId, JSON.stringify(intent))
    return intent.stream ? Promise.resolve(this.#ahead.tellNow(tell)) : this.#ahead.tell(tell)
  }

  async #flushed(): Promise<{ readonly ok: boolean }> {
    return { ok: await this.#ahead.flushed(this.#options.commitWaitMs) }
  }

  /** Waits for the commit of all that has gathered. */
  async #committed(): Promise<{ readonly ok: boolean }> {
    if (!this.#isWell) {
      this.#commitSoon()
      return { ok: false }
    }
    this.#isAwaited = true
    this.#commitNow()
    return this.#waiting.add(() => this.#beLate())
  }

  #commitSoon(): void {
    this.#gathering ??= this.#options.clock.after(gatherMs, () => {
      this.#gathering = undefined
      if (!this.#next && this.#backlog.size() > 0) this.#send()
    })
  }

  #commitNow(): void {
    if (this.#isTurning) return
    this.#isTurning = true
    const before = this.#backlog.size()
    setImmediate(() => this.#gather(before))
  }

  /** Waits as long as each turn of the event loop brings more. */
  #gather(before: number): void {
    const now = this.#backlog.size()
    if (now > before && now < batchSize) {
      setImmediate(() => this.#gather(now))
      return
    }
    this.#isTurning = false
    if (now > 0 && !this.#next) this.#send()
  }

  /** Where the store is away an empty batch is sent too: it tells when the store is back. */
  #send(): void {
    if (this.#sent || (this.#isWell && this.#backlog.size() === 0)) return
    const { clock, commitWaitMs } = this.#options
    this.#next?.()
    this.#next = undefined
    this.#batches += 1
    this.#isAwaited = false
    // Once the journal has them, other lines may stand in their place.
    this.#ahead.writeNow()
    const batch = this.#backlog.take(this.#isWell ? Number.POSITIVE_INFINITY : backlogStep)
    this.#sent = { id: this.#batches, batch, atMs: clock.monoMs() }
    this.#waiting.nextBatch(this.#batches)
    this.#late?.()
    this.#late = clock.after(commitWaitMs, () => this.#beLate())
    this.#journal.post(toBatch(this.#batches, batch))
  }

  #beLate(): void {
    this.#turn(false, `no commit within ${this.#options.commitWaitMs} ms`)
  }

  #hear(reply: JournalReply): void {
    if (reply.kind === 'closed') this.#closing?.()
    if (reply.kind === 'note') this.#options.onProblem(reply.line)
    if (reply.kind === 'checkpoint') this.#options.onCheckpoint?.(reply.line)
    if (reply.kind !== 'committed' && reply.kind !== 'failed') return
    const sent = this.#sent
    if (sent?.id !== reply.id) return
    this.#sent = undefined
    this.#late?.()
    this.#waiting.settle(reply.id, reply.kind === 'committed')
    if (reply.kind === 'committed') this.#onCommitted(sent)
    else this.#onFailed(sent.batch, reply.reason)
    if (this.#closing && !this.#sent && this.#backlog.size() === 0) this.#journal.askToClose()
  }

  #onCommitted({ batch, atMs }: Sent): void {
    this.#backlog.done(batch)
    const tookMs = this.#options.clock.monoMs() - atMs
    this.#tryAgainMs = firstTryAgainMs
    const size = this.#backlog.size()
    if (tookMs < this.#options.commitWaitMs && size <= backlogStep) this.#turn(true, '')
    if (!this.#isWell) {
      if (size > 0) this.#send()
      else this.#tryAgain()
    } else if (this.#isAwaited || this.#closing) this.#commitNow()
    else if (size > 0) this.#commitSoon()
  }

  #onFailed(batch: Gathered, reason: string): void {
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
  #sendAgain(): void {
    if (this.#sent) this.#journal.post(toBatch(this.#sent.id, this.#sent.batch, true))
    else this.#send()
  }

  #turn(isWell: boolean, reason: string): void {
    if (isWell === this.#isWell) return
    this.#isWell = isWell
    this.#options.onProblem(isWell ? 'the ledger is written again' : `the ledger is not written: ${reason}`)
    this.#options.onState?.(isWell, reason)
  }
}
