/** A bounded queue before a sink that may be slow, dead or hostile: the oldest go first, and are counted. */

import type { Clock } from '../../base/clock.ts'

export interface ExportQueue<Item> {
  /** Never waits, never throws. */
  push(item: Item): void
  counts(): ExportCounts
  /** Sends what waits, at most for `withinMs`; what is left then is counted as dropped. */
  close(withinMs: number): Promise<void>
}

export interface ExportCounts {
  readonly waiting: number
  readonly sent: number
  readonly dropped: number
}

export interface ExportQueueOptions<Item> {
  readonly clock: Clock
  /** Resolves with whether the sink took them, or with why not. Must not throw. */
  readonly send: (items: readonly Item[]) => Promise<SendResult>
  /** One line per change of state, for the log. */
  readonly onProblem: (line: string) => void
  readonly name: string
}

export type SendResult =
  | { readonly kind: 'taken' }
  | { readonly kind: 'again' | 'refused'; readonly reason: string }

const waitingLimit = 2_000
const batchSize = 50
const gatherForMs = 200
const [firstRestMs, longestRestMs] = [1_000, 60_000]

export function createExportQueue<Item>(options: ExportQueueOptions<Item>): ExportQueue<Item> {
  return new Queue(options)
}

/** Has identity: one sender at a time. */
class Queue<Item> implements ExportQueue<Item> {
  readonly #options: ExportQueueOptions<Item>
  #waiting: Item[] = []
  #sent = 0
  #dropped = 0
  #restMs = firstRestMs
  #isWell = true
  #isSending = false
  #cancel: (() => void) | undefined
  #closed = false

  constructor(options: ExportQueueOptions<Item>) {
    this.#options = options
  }

  push(item: Item): void {
    if (this.#closed) return
    this.#waiting.push(item)
    if (this.#waiting.length > waitingLimit) {
      this.#waiting.shift()
      this.#dropped += 1
    }
    if (!this.#isSending) this.#later(this.#waiting.length >= batchSize && this.#isWell ? 0 : gatherForMs)
  }

  counts(): ExportCounts {
    return { waiting: this.#waiting.length, sent: this.#sent, dropped: this.#dropped }
  }

  async close(withinMs: number): Promise<void> {
    this.#cancel?.()
    const { clock } = this.#options
    const flush = async () => {
      while (this.#waiting.length > 0 && (await this.#sendBatch()));
    }
    await Promise.race([flush(), clock.sleep(withinMs)])
    this.#closed = true
    this.#dropped += this.#waiting.length
    this.#waiting = []
  }

  #later(forMs: number): void {
    this.#cancel ??= this.#options.clock.after(forMs, () => {
      this.#cancel = undefined
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    if (this.#isSending || this.#closed) return
    this.#isSending = true
    const isTaken = await this.#sendBatch()
    this.#isSending = false
    if (this.#waiting.length > 0) this.#later(isTaken ? 0 : this.#restMs)
  }

  /** False where the sink wants a rest. A batch it refuses for good is dropped, for it would be refused again. */
  async #sendBatch(): Promise<boolean> {
    const batch = this.#waiting.splice(0, batchSize)
    const result = await this.#options.send(batch)
    if (result.kind === 'taken') this.#sent += batch.length
    if (result.kind === 'refused') this.#dropped += batch.length
    if (result.kind === 'again') this.#putBack(batch)
    this.#turn(result)
    this.#restMs = result.kind === 'again' ? Math.min(longestRestMs, this.#restMs * 2) : firstRestMs
    return result.kind !== 'again'
  }

  #putBack(batch: readonly Item[]): void {
    const all = [...batch, ...this.#waiting]
    const tooMany = Math.max(0, all.length - waitingLimit)
    this.#dropped += tooMany
    this.#waiting = all.slice(tooMany)
  }

  #turn(result: SendResult): void {
    const isWell = result.kind === 'taken'
    if (isWell !== this.#isWell) {
      const { name, onProblem } = this.#options
      onProblem(isWell ? `${name} takes traces again` : `${name} takes no traces: ${result.reason}`)
    }
    this.#isWell = isWell
  }
}
