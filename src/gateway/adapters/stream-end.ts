/** How the stream of every dialect ends: with one part, and nothing behind it. */

import type { StreamReader } from '../../protocol/adapter.ts'
import { type Fault, type FaultCode, makeFault } from '../../protocol/fault.ts'
import type { StreamPart } from '../../protocol/reply.ts'

export const brokenBy = (fault: Fault): StreamPart => ({ kind: 'broken', fault })

export const broken = (code: FaultCode, message: string): StreamPart => brokenBy(makeFault(code, message))

/** The reader, silent after its first `end` or `broken`. */
export function untilEnd(reader: StreamReader): StreamReader {
  let isOver = false
  const closing = (parts: readonly StreamPart[]) => {
    if (parts.some(({ kind }) => kind === 'end' || kind === 'broken')) isOver = true
    return parts
  }
  return {
    ...reader,
    push: (event) => (isOver ? [] : closing(reader.push(event))),
    end: () => (isOver ? [] : closing(reader.end())),
  }
}
