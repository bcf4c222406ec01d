/** generateContent answer → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { Choice, Reply } from '../../../protocol/reply.ts'
import { filled, present } from '../present.ts'
import { callId, makeCallId } from './call-id.ts'
import { finishWord, isFailedCall, readFinish } from './finish.ts'
import { readLogprobs } from './logprobs.ts'
import { readError, toFault } from './read-fault.ts'
import { blockReason, createdAtS, type Piece, readParts } from './read-parts.ts'
import { readUsage } from './wire-usage.ts'

export function readReply(body: unknown): Outcome<Reply, Fault> {
  if (!isRecord(body)) return failed(makeFault('upstream_malformed', 'the answer is not a JSON object'))
  if (isRecord(body['error'])) return failed(toFault(readError(body, 0)))
  const candidates: unknown[] = Array.isArray(body['candidates']) ? body['candidates'] : []
  const blocked = blockReason(body)
  if (candidates.length === 0 && blocked !== undefined)
    return failed(makeFault('content_policy', `the provider refused the prompt: ${blocked}`))
  if (!Array.isArray(body['candidates']) && body['usageMetadata'] === undefined)
    return failed(makeFault('upstream_malformed', 'the answer has no candidates'))
  const answer = filled(body['responseId']) ?? ''
  const read = candidates.filter(isRecord).map((candidate, at) => readCandidate(candidate, { at, answer }))
  const lost = read.find(({ choice }) => isFailedCall(choice.finishWire ?? ''))
  if (lost)
    return failed(makeFault('upstream_malformed', `the model's call failed: ${lost.choice.finishWire}`))
  if (read.every(({ choice }) => isEmpty(choice)))
    return failed(makeFault('upstream_empty', 'the answer has no content'))
  return done({
    id: answer,
    model: filled(body['modelVersion']) ?? '',
    createdAtS: createdAtS(body),
    choices: read.map(({ choice }) => choice),
    usage: readUsage(body['usageMetadata']),
    unsupported: [...new Set(read.flatMap(({ unsupported }) => unsupported))],
  })
}

/** Nothing said, and no reason given for saying nothing. */
function isEmpty({ content, toolCalls, finish }: Choice): boolean {
  const isSilent = content.every((part) => part.kind === 'reasoning' && part.text === '')
  return isSilent && toolCalls.length === 0 && finish !== 'content_filter' && finish !== 'length'
}

interface ReadCandidate {
  readonly choice: Choice
  readonly unsupported: readonly string[]
}

function readCandidate(
  candidate: Record<string, unknown>,
  { at, answer }: { at: number; answer: string },
): ReadCandidate {
  const index = typeof candidate['index'] === 'number' ? candidate['index'] : at
  const pieces = readParts(candidate)
  const toolCalls = pieces
    .filter((piece) => piece.kind === 'call')
    .map((piece, call) => readCall(piece, () => makeCallId(answer, index, call)))
  const wire = finishWord(candidate['finishReason'])
  const choice: Choice = present({
    index,
    content: pieces.flatMap(readContent),
    toolCalls,
    finish: readFinish(wire ?? '', toolCalls.length > 0),
    finishWire: wire,
    logprobs: readLogprobs(candidate['logprobsResult']),
  })
  return {
    choice,
    unsupported: pieces.flatMap((piece) => (piece.kind === 'unsupported' ? [piece.name] : [])),
  }
}

/** A text's own signature follows it as redacted thinking, apart from signatures of thoughts. */
function readContent(piece: Piece): ContentPart[] {
  if (piece.kind === 'thought') {
    const { text, signature } = piece
    return text === '' && signature === undefined
      ? []
      : [present({ kind: 'reasoning', text, signature, from: 'gemini' })]
  }
  if (piece.kind !== 'text') return []
  const { text, signature: redacted } = piece
  return [
    ...(text === '' ? [] : [{ kind: 'text' as const, text }]),
    ...(redacted === undefined
      ? []
      : [{ kind: 'reasoning' as const, text: '', redacted, from: 'gemini' as const }]),
  ]
}

function readCall({ wire, signature }: Extract<Piece, { kind: 'call' }>, makeId: () => string): ToolCall {
  return present({
    id: callId(wire['id'], makeId),
    name: filled(wire['name']) ?? '',
    arguments: JSON.stringify(isRecord(wire['args']) ? wire['args'] : {}),
    signature,
    from: signature === undefined ? undefined : 'gemini',
  })
}
