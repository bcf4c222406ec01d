/** How the stream of every dialect ends: with one part, and nothing behind it. */

import type { SseEvent, StreamReader } from '../../protocol/adapter.ts'
import { type Fault, type FaultCode, makeFault } from '../../protocol/fault.ts'
import type { StreamPart } from '../../protocol/reply.ts'

export const brokenBy = (fault: Fault): StreamPart => ({ kind: 'broken', fault })

export const broken = (code: FaultCode, message: string): StreamPart => brokenBy(makeFault(code, message))

/** The reader, silent after its first `end` or `broken`. */
export const untilEnd = (reader: StreamReader): StreamReader => new UntilEnd(reader)

/** Has identity: whether one stream is over. A class, for one is made for every stream. */
class UntilEnd implements StreamReader {
  readonly #reader: StreamReader
  #isOver = false

  constructor(reader: StreamReader) {
    this.#reader = reader
  }

  push(event: SseEvent): readonly StreamPart[] {
    return this.#isOver ? [] : this.#closing(this.#reader.push(event))
  }

  end(): readonly StreamPart[] {
    return this.#isOver ? [] : this.#closing(this.#reader.end())
  }

  isOdd(): boolean {
    return this.#reader.isOdd?.() ?? false
  }

  #closing(parts: readonly StreamPart[]): readonly StreamPart[] {
    if (parts.some(({ kind }) => kind === 'end' || kind === 'broken')) this.#isOver = true
    return parts
  }
}
