/** Holds a stream back until its first content: what fails before it was never seen by the caller. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { type FinishReason, isContent } from '../../protocol/reply.ts'
import type { Chunk } from './engine-port.ts'
import type { ChunkStream } from './read-chunks.ts'

/** Characters that may come before the first content; some providers repeat the whole request there. */
const preambleLimit = 4 * 1_048_576

/** Everything up to the first content; on a fault the stream is closed. */
export async function untilContent(chunks: ChunkStream): Promise<Outcome<readonly Chunk[], Fault>> {
  const held: Chunk[] = []
  let length = 0
  let finish: FinishReason | undefined
  for (;;) {
    const next = await chunks.next()
    if (next.done) return failed(nothingSaid(finish))
    const chunk = next.value
    held.push(chunk)
    length += chunk.raw?.length ?? 0
    const seen = look(chunk, finish)
    if (seen.kind === 'content') return done(held)
    if (seen.kind === 'waiting' && length <= preambleLimit) {
      finish = seen.finish
      continue
    }
    await chunks.return()
    return failed(seen.kind === 'fault' ? seen.fault : endless())
  }
}

type Seen =
  | { readonly kind: 'content' }
  | { readonly kind: 'waiting'; readonly finish: FinishReason | undefined }
  | { readonly kind: 'fault'; readonly fault: Fault }

function look(chunk: Chunk, before: FinishReason | undefined): Seen {
  let finish = before
  for (const part of chunk.parts) {
    if (isContent(part)) return { kind: 'content' }
    if (part.kind === 'broken') return { kind: 'fault', fault: part.fault }
    if (part.kind === 'finish' && part.reason === 'content_filter')
      return { kind: 'fault', fault: policyFault(part.wire) }
    if (part.kind === 'finish') finish = part.reason
    if (part.kind === 'end') return { kind: 'fault', fault: nothingSaid(finish) }
  }
  return { kind: 'waiting', finish }
}

/** For streams and whole answers alike: a success with nothing in it is none. */
export const nothingSaid = (finish: FinishReason | undefined) =>
  makeFault(
    'upstream_empty',
    finish === 'length'
      ? 'the output limit was reached before any content'
      : 'the answer ended without content',
  )

export const policyFault = (reason: string | undefined) =>
  makeFault('content_policy', `the provider refused to answer${reason ? `: ${reason}` : ''}`)

const endless = () =>
  makeFault('upstream_malformed', `more than ${preambleLimit} characters came before any content`)
