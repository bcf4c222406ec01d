/** Hands pushed bytes to one reader and stops the sender while the reader is behind. */

import { createTurnstile } from '../../base/turnstile.ts'

export interface ByteQueueHooks {
  pause(): void
  resume(): void
  /** The reader left before the end. */
  abandon(): void
}

const together = createTurnstile()

const over = { done: true, value: undefined } as const

/** Unread bytes beyond which the sender is paused. */
const highWaterBytes = 65_536
/** Pieces are joined up to this length. */
const takenBytes = 16_384

type Next = IteratorResult<Uint8Array, undefined>

interface Reader {
  readonly resolve: (next: Next) => void
  readonly reject: (error: Error) => void
}

/** Has identity: one sender pushes, one reader asks for the next. A class, for every token of every stream passes one. */
export class ByteQueue implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #hooks: ByteQueueHooks
  readonly #chunks: Uint8Array[] = []
  #hasBegun = false
  #waitingBytes = 0
  #isPaused = false
  #isEnded = false
  #error: Error | undefined
  /** Who waits for the next; woken once. */
  #reader: Reader | undefined
  #isRung = false
  #wasRung = false

  constructor(hooks: ByteQueueHooks) {
    this.#hooks = hooks
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Next> {
    const value = this.#take()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#error) return Promise.reject(this.#error)
    if (this.#isEnded) return Promise.resolve(over)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  return(): Promise<typeof over> {
    if (!this.#isEnded && !this.#error) this.#hooks.abandon()
    return Promise.resolve(over)
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#waitingBytes += chunk.length
    if (!this.#isPaused && this.#waitingBytes >= highWaterBytes) {
      this.#isPaused = true
      this.#hooks.pause()
    }
    this.#ring()
  }

  end(): void {
    this.#isEnded = true
    this.#ring()
  }

  fail(error: Error): void {
    this.#error = error
    this.#ring()
  }

  /** The first piece by itself, for it is waited for; then what has come meanwhile, for one large piece costs little more than a small one. */
  #take(): Uint8Array | undefined {
    const chunk = this.#hasBegun ? joined(this.#chunks) : this.#chunks.shift()
    if (chunk === undefined) return undefined
    this.#hasBegun = true
    this.#waitingBytes -= chunk.length
    if (this.#isPaused && this.#waitingBytes < highWaterBytes) {
      this.#isPaused = false
      this.#hooks.resume()
    }
    return chunk
  }

  /** What begins is woken at once: it is not held up by all that runs. */
  #ring(): void {
    if (this.#reader === undefined || this.#isRung) return
    this.#isRung = true
    if (this.#wasRung) together(this.#wake)
    else this.#wake()
    this.#wasRung = true
  }

  readonly #wake = (): void => {
    const reader = this.#reader
    this.#reader = undefined
    this.#isRung = false
    const value = this.#take()
    if (value !== undefined) reader?.resolve({ done: false, value })
    else if (this.#error) reader?.reject(this.#error)
    else reader?.resolve(over)
  }
}

/** Takes out what stands in front, up to `takenBytes` together. */
function joined(chunks: Uint8Array[]): Uint8Array | undefined {
  let count = 1
  let bytes = chunks[0]?.length ?? 0
  for (; count < chunks.length; count += 1) {
    bytes += chunks[count]?.length ?? 0
    if (bytes > takenBytes) break
  }
  return count === 1 ? chunks.shift() : Buffer.concat(chunks.splice(0, count))
}
