/** Holds a trace that the store of runs told: a small one here, a large one in a thread of its own. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import { traceFromStore } from '../../refinery/import/stored-trace.ts'
import type { AnalysisDesk } from './analysis-desk.ts'
import { tooMany } from './take-body.ts'

const smallCharacters = 128 * 1024
const pieceCharacters = 256 * 1024

export async function holdStored(
  json: string,
  { threads, hold }: Pick<AnalysisDesk, 'threads' | 'hold'>,
): Promise<Outcome<HeldTrace, Fault>> {
  if (json.length <= smallCharacters) {
    const trace = traceFromStore(json)
    return trace ? done(hold(trace)) : failed(unreadable)
  }
  const thread = threads.start({ kind: 'stored' })
  if (!thread) return failed(tooMany(threads.most))
  const encoder = new TextEncoder()
  for (let from = 0; from < json.length; from += pieceCharacters)
    await thread.write(encoder.encode(json.slice(from, from + pieceCharacters)))
  const read = await thread.end()
  if (read.ok && read.value.held) return done(read.value.held)
  thread.close()
  return failed(unreadable)
}

const unreadable = makeFault('internal', 'the stored trace cannot be read')
