/** A committed stream as one sequence: what was held back until its first content, and then what comes. */

import type { Take } from '../../base/flow.ts'
import type { OpenStream } from './call.ts'
import type { Chunk } from './engine-port.ts'
import type { ChunkStream } from './read-chunks.ts'

/** Has identity: what was held back, and then the rest. Every token passes here: a generator around another would cost each of them several turns of the microtask queue. */
export class InOrder implements ChunkStream {
  #held: readonly Chunk[]
  #at = 0
  readonly #rest: ChunkStream

  constructor({ held, rest }: Pick<OpenStream, 'held' | 'rest'>) {
    this.#held = held
    this.#rest = rest
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Chunk, undefined>> {
    const value = this.#nextHeld()
    return value ? Promise.resolve({ done: false, value }) : this.#rest.next()
  }

  /** No function that waits: it would be held, with a promise of its own, as long as the stream runs. */
  flow(take: Take<Chunk>): Promise<void> {
    try {
      for (let chunk = this.#nextHeld(); chunk; chunk = this.#nextHeld()) {
        const taken = take(chunk)
        if (taken === false) return Promise.resolve()
        if (taken !== true) return taken.then(() => this.flow(take))
      }
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#rest.flow(take)
  }

  /** A caller may leave while held chunks are read: the provider's socket is closed all the same. */
  return(): Promise<IteratorResult<Chunk, undefined>> {
    return this.#rest.return()
  }

  /** Of what was handed over nothing is kept. */
  #nextHeld(): Chunk | undefined {
    const chunk = this.#held[this.#at]
    this.#at += 1
    if (this.#at >= this.#held.length) this.#held = none
    return chunk
  }
}

const none: readonly Chunk[] = []
