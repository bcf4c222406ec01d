/** The way to the journal's worker, and to its successor where it dies. */

import type { Worker } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import type { Outcome } from '../base/outcome.ts'
import type { JournalBatch, JournalReply } from './journal-port.ts'

export interface JournalLinkOptions {
  readonly worker: Worker
  /** A new worker, where the old one has died. */
  readonly restart: () => Promise<Outcome<Worker, string>>
  readonly clock: Pick<Clock, 'after'>
  readonly onReply: (reply: JournalReply) => void
  /** Nothing is written for now; told in words. */
  readonly onTrouble: (reason: string) => void
  /** A new worker has taken the place of the dead one, and knows nothing of what that one was sent. */
  readonly onSuccessor: () => void
}

const firstPauseMs = 400
const longestPauseMs = 2_000

/** Has identity: the one link of a journal. */
export class JournalLink {
  readonly #options: JournalLinkOptions
  #worker: Worker
  #pauseMs = firstPauseMs
  #isEnding = false

  constructor(options: JournalLinkOptions) {
    this.#options = options
    this.#worker = options.worker
    this.#listen(options.worker)
  }

  post(batch: JournalBatch): void {
    this.#worker.postMessage(batch)
  }

  /** From here on a worker that ends has no successor. */
  beginToEnd(): void {
    this.#isEnding = true
  }

  /** The worker closes the journal and says so. */
  askToClose(): void {
    this.#worker.postMessage('close')
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #listen(worker: Worker): void {
    const { onReply, onTrouble } = this.#options
    worker.on('message', (reply: JournalReply) => {
      if (reply.kind === 'committed') this.#pauseMs = firstPauseMs
      onReply(reply)
    })
    worker.on('error', (error) => onTrouble(error.message))
    worker.on('exit', () => {
      if (!this.#isEnding) this.#replace()
    })
  }

  #replace(): void {
    const { restart, clock, onTrouble, onSuccessor } = this.#options
    onTrouble('the writer ended')
    void restart().then((started) => {
      if (this.#isEnding) return
      if (!started.ok) {
        clock.after(this.#pauseMs, () => this.#replace())
        this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
        return
      }
      this.#worker = started.value
      this.#listen(started.value)
      onSuccessor()
    })
  }
}
