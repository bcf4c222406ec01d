/** Cuts a whole reply into the parts a streaming provider would send. */

import type { Reply, StreamPart } from '../protocol/reply.ts'

/** Text and thinking go word by word, so that joining the parts gives the reply again. */
export function* streamParts(reply: Reply): Generator<StreamPart> {
  yield { kind: 'start', id: reply.id, model: reply.model, createdAtS: reply.createdAtS }
  for (const { index: choice, content, toolCalls, refusal, finish, stopSequence } of reply.choices) {
    for (const part of content) {
      if (part.kind === 'text')
        for (const text of part.text.split(/(?<= )/)) yield { kind: 'text', choice, text }
      if (part.kind !== 'reasoning') continue
      const { signature, redacted, from = 'openai' } = part
      if (part.text !== '')
        for (const text of part.text.split(/(?<= )/)) yield { kind: 'reasoning', choice, text }
      if (signature || redacted) yield { kind: 'reasoning_state', choice, signature, redacted, from }
    }
    if (refusal !== undefined)
      for (const text of refusal.split(/(?<= )/)) yield { kind: 'refusal', choice, text }
    for (const [call, { id, name, arguments: json, signature, from }] of toolCalls.entries()) {
      yield { kind: 'tool_call', choice, call, id, name, signature, from }
      for (let at = 0; at < json.length; at += 8)
        yield { kind: 'tool_arguments', choice, call, json: json.slice(at, at + 8) }
    }
    yield { kind: 'finish', choice, reason: finish, stopSequence }
  }
  if (reply.usage) yield { kind: 'usage', usage: reply.usage }
  yield { kind: 'end' }
}
