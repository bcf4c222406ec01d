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

/** Unread bytes beyond which the sender is paused. */
const highWaterBytes = 65_536

export function createByteQueue(hooks: ByteQueueHooks): ByteQueue {
  let chunks: Uint8Array[] = []
  let hasBegun = false
  let waitingBytes = 0
  let paused = false
  let ended = false
  let error: Error | undefined
  const bell = createBell()

  /** The first piece by itself, for it is waited for; then all that is there, for one large piece costs little more than one small one. */
  const take = (): Uint8Array | undefined => {
    const [first] = chunks
    if (first === undefined) return undefined
    const isAlone = chunks.length === 1 || !hasBegun
    const chunk = isAlone ? first : Buffer.concat(chunks)
    chunks = isAlone ? chunks.slice(1) : []
    hasBegun = true
    waitingBytes -= chunk.length
    if (paused && waitingBytes < highWaterBytes) {
      paused = false
      hooks.resume()
    }
    return chunk
  }
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = take()
        if (chunk !== undefined) yield chunk
        else if (error) throw error
        else if (ended) return
        else await bell.wait()
      }
    } finally {
      if (!ended && !error) hooks.abandon()
    }
  }
  return {
    bytes: { [Symbol.asyncIterator]: read },
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
