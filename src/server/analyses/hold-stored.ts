/** Holds a trace that the store of runs told: a small one here, a large one in a thread of its own. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { textPieces } from '../../base/text.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import { traceFromStore } from '../../refinery/import/stored-trace.ts'
import type { AnalysisDesk } from './analysis-desk.ts'
import { tooMany } from './take-body.ts'

/** Both in UTF-16 units. */
const smallUnits = 128 * 1024
const pieceUnits = 256 * 1024

export async function holdStored(
  json: string,
  { threads, hold }: Pick<AnalysisDesk, 'threads' | 'hold'>,
): Promise<Outcome<HeldTrace, Fault>> {
  if (json.length <= smallUnits) {
    const trace = traceFromStore(json)
    return trace ? done(hold(trace)) : failed(unreadable)
  }
  const thread = threads.start({ kind: 'stored' })
  if (!thread) return failed(tooMany(threads.most))
  for (const piece of textPieces(json, pieceUnits)) await thread.write(Buffer.from(piece, 'utf8'))
  const read = await thread.end()
  if (read.ok && read.value.held) return done(read.value.held)
  thread.close()
  return failed(unreadable)
}

const unreadable = makeFault('internal', 'the stored trace cannot be read')
