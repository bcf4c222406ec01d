/** Hands pushed bytes to one reader and stops the sender while the reader is behind. */

import type { Flow, Take } from '../../base/flow.ts'
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

/** Has identity: one sender pushes, one reader asks for the next. A class, for every token of every stream passes one. */
export class ByteQueue implements Flow<Uint8Array> {
  readonly #hooks: ByteQueueHooks
  #chunks: Uint8Array[] = []
  #hasBegun = false
  #waitingBytes = 0
  #isPaused = false
  #isEnded = false
  #error: Error | undefined
  /** Called once when there is something to take, or nothing will come. */
  #ready: (() => void) | undefined
  #isRung = false
  #wasRung = false

  constructor(hooks: ByteQueueHooks) {
    this.#hooks = hooks
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Next> {
    let next: Next = over
    await this.flow((value) => {
      next = { done: false, value }
      return false
    })
    return next
  }

  flow(take: Take<Uint8Array>): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          for (let value = this.#take(); value !== undefined; value = this.#take()) {
            const taken = take(value)
            if (taken === false) return resolve()
            if (taken !== true) return void taken.then(step, reject)
          }
        } catch (error) {
          return reject(error)
        }
        if (this.#error) return reject(this.#error)
        if (this.#isEnded) return resolve()
        this.#ready = step
      }
      step()
    })
  }

  return(): Promise<typeof over> {
    if (!this.#isEnded && !this.#error) this.#hooks.abandon()
    return Promise.resolve(over)
  }

  push(chunk: Uint8Array): void {
    // Mostly the only one: in a list without the room for 17 that V8 makes in one that grows.
    if (this.#chunks.length === 0) this.#chunks = [chunk]
    else this.#chunks.push(chunk)
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
    if (this.#ready === undefined || this.#isRung) return
    this.#isRung = true
    if (this.#wasRung) together(this.#wake)
    else this.#wake()
    this.#wasRung = true
  }

  readonly #wake = (): void => {
    const ready = this.#ready
    this.#ready = undefined
    this.#isRung = false
    ready?.()
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
