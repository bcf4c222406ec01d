/** One try of a request: call the target, and hand its answer on. */

import { done, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Reply } from '../../protocol/reply.ts'
import { callTarget } from './call-target.ts'
import { deliver, type Recovery } from './deliver.ts'
import type { Answer } from './engine-port.ts'
import type { Lease } from './health-book.ts'
import type { Session } from './session.ts'
import { finalOf, settle, type Trying } from './trying.ts'

export async function attempt(
  session: Session,
  lease: Lease,
  recovery: Recovery,
): Promise<Outcome<Answer, Fault>> {
  const called = await callTarget(session, { lease, request: session.asked.request })
  if (!called.ok) return called
  const { trying, answer } = called.value
  if (answer.kind === 'stream') return done(deliver(trying, answer.stream, recovery))
  return done(await answerWhole(trying, answer.reply, answer.raw))
}

async function answerWhole(trying: Trying, reply: Reply, raw: string): Promise<Answer> {
  const { session } = trying
  settle(trying, { usage: reply.usage })
  const text = reply.choices
    .map(({ content }) => content.map((part) => ('text' in part ? part.text : '')).join(''))
    .join('\n')
  const finalResponseHash = session.parts.notary.hashText(text, session.asked.tenant)
  const final = finalOf(trying)
  const written = await session.end(
    { outcome: 'SUCCESS', final, usage: reply.usage, finalResponseHash },
    text.slice(0, 4_096),
  )
  const meta = session.meta('SUCCESS', final)
  if (!written.ok && session.config.ledger.mode === 'required')
    return { kind: 'fault', fault: makeFault('ledger_unavailable', 'the ledger cannot be written'), meta }
  const sameDialect = trying.provider.dialect === session.asked.request.dialect
  return { kind: 'reply', reply, ...(sameDialect ? { raw } : {}), meta }
}
