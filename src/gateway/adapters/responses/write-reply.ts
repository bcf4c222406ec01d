/** Writes a whole answer as a response object. */

import type { Answered } from '../../../protocol/adapter.ts'
import type { Choice, Reply, StreamPart } from '../../../protocol/reply.ts'
import { openOutput } from './output.ts'
import { idBase, isIncomplete, responseObject } from './response-object.ts'

/** The same items as a stream of the same answer ends with. */
export function writeReply(reply: Reply, answered: Answered = {}): Readonly<Record<string, unknown>> {
  const choice = reply.choices[0]
  const reason = choice?.finish
  const status = isIncomplete(reason) ? 'incomplete' : 'completed'
  const base = idBase(reply.id, answered)
  const output = openOutput(base, () => {})
  if (choice) for (const part of partsOf(choice)) output.push(part)
  output.close(status)
  const createdAtS = reply.createdAtS ?? answered.nowS ?? 0
  return responseObject(
    { id: `resp_${base}`, createdAtS, model: reply.model, answered },
    { status, output: output.items(), usage: reply.usage, ...(reason ? { reason } : {}) },
  )
}

function* partsOf(choice: Choice): Generator<StreamPart> {
  let { logprobs } = choice
  for (const part of choice.content) {
    if (part.kind === 'text') {
      yield { kind: 'text', choice: 0, text: part.text, logprobs }
      logprobs = undefined
    }
    if (part.kind !== 'reasoning') continue
    const { text, signature, redacted, from } = part
    if (text !== '') yield { kind: 'reasoning', choice: 0, text }
    if (from !== undefined && (signature !== undefined || redacted !== undefined))
      yield { kind: 'reasoning_state', choice: 0, signature, redacted, from }
  }
  if (choice.refusal !== undefined) yield { kind: 'refusal', choice: 0, text: choice.refusal }
  for (const [call, { arguments: json, ...rest }] of choice.toolCalls.entries()) {
    yield { kind: 'tool_call', choice: 0, call, ...rest }
    yield { kind: 'tool_arguments', choice: 0, call, json }
  }
}
