/** Hands the answer of a target on: a stream as it comes, a whole answer once it is entered in the ledger. */

import { makeFault } from '../../protocol/fault.ts'
import type { Reply } from '../../protocol/reply.ts'
import type { Called } from './call-target.ts'
import { deliver, type Recovery } from './deliver.ts'
import type { Answer } from './engine-port.ts'
import { finalOf, settle, type Trying } from './trying.ts'

export function handOn({ trying, answer }: Called, recovery: Recovery): Answer | Promise<Answer> {
  if (answer.kind === 'stream') return deliver(trying, answer.stream, recovery)
  return answerWhole(trying, answer.reply, answer.raw)
}

/** Piece by piece: mostly there is one, and no list to join. */
function textOf({ choices }: Reply): string {
  let text = ''
  for (const [at, { content }] of choices.entries()) {
    if (at > 0) text += '\n'
    for (const part of content) if ('text' in part) text += part.text
  }
  return text
}

async function answerWhole(trying: Trying, reply: Reply, raw: string): Promise<Answer> {
  const { session } = trying
  settle(trying, { usage: reply.usage })
  const text = textOf(reply)
  const finalResponseHash = session.parts.notary.hashText(text, session.asked.tenant)
  const final = finalOf(trying)
  const written = await session.end(
    { outcome: session.success(), final, usage: reply.usage, finalResponseHash },
    text.slice(0, 4_096),
  )
  const meta = session.meta(session.success(), final)
  if (!written.ok && session.config.ledger.mode === 'required')
    return { kind: 'fault', fault: makeFault('ledger_unavailable', 'the ledger cannot be written'), meta }
  const sameDialect = trying.provider.dialect === session.asked.request.dialect
  return { kind: 'reply', reply, raw: sameDialect ? raw : undefined, meta }
}
