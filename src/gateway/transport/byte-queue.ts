/** Hands pushed bytes to one reader and stops the sender while the reader is behind. */

import { createTurnstile } from '../../base/turnstile.ts'

export interface ByteQueueHooks {
  pause(): void
  resume(): void
  /** The reader left before the end. */
  abandon(): void
}

export interface ByteQueue {
  readonly bytes: AsyncIterable<Uint8Array>
  push(chunk: Uint8Array): void
  end(): void
  fail(error: Error): void
}

const together = createTurnstile()

const over = { done: true, value: undefined } as const

/** Unread bytes beyond which the sender is paused. */
const highWaterBytes = 65_536
/** Pieces are joined up to this length. */
const takenBytes = 16_384

export function createByteQueue(hooks: ByteQueueHooks): ByteQueue {
  const chunks: Uint8Array[] = []
  let hasBegun = false
  let waitingBytes = 0
  let paused = false
  let ended = false
  let error: Error | undefined
  const bell = createBell()

  /** The first piece by itself, for it is waited for; then what has come meanwhile, for one large piece costs little more than a small one. */
  const take = (): Uint8Array | undefined => {
    const chunk = hasBegun ? joined(chunks) : chunks.shift()
    if (chunk === undefined) return undefined
    hasBegun = true
    waitingBytes -= chunk.length
    if (paused && waitingBytes < highWaterBytes) {
      paused = false
      hooks.resume()
    }
    return chunk
  }
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    for (;;) {
      const value = take()
      if (value !== undefined) return { done: false, value }
      if (error) throw error
      if (ended) return over
      await bell.wait()
    }
  }
  const leave = async () => {
    if (!ended && !error) hooks.abandon()
    return over
  }
  return {
    bytes: { [Symbol.asyncIterator]: () => ({ next, return: leave }) },
    push(chunk) {
      chunks.push(chunk)
      waitingBytes += chunk.length
      if (!paused && waitingBytes >= highWaterBytes) {
        paused = true
        hooks.pause()
      }
      bell.ring()
    },
    end() {
      ended = true
      bell.ring()
    },
    fail(reason) {
      error = reason
      bell.ring()
    },
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

interface Bell {
  /** For one at a time. */
  wait(): Promise<void>
  ring(): void
}

/** What begins is woken at once: it is not held up by all that runs. */
function createBell(): Bell {
  let wake: (() => void) | undefined
  let isFirst = true
  return {
    wait: () =>
      new Promise((resolve) => {
        wake = resolve
      }),
    ring() {
      if (wake === undefined) return
      if (isFirst) wake()
      else together(wake)
      isFirst = false
      wake = undefined
    },
  }
}
