/** Reads a whole answer: its JSON, and the reply in it where it is one. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { parseJson } from '../../base/text.ts'
import type { OutboundAdapter } from '../../protocol/adapter.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Reply } from '../../protocol/reply.ts'
import type { WireAnswer } from '../transport/transport.ts'
import { nothingSaid, policyFault } from './preamble.ts'
import { readWholeAs, type WholeBody } from './read-body.ts'

const replyLimitBytes = 64 * 1_048_576

interface WholeJson {
  readonly raw: string
  readonly body: unknown
}

/** The JSON of a whole answer, with its text. */
export const readJson = (answer: WireAnswer): Promise<Outcome<WholeJson, Fault>> =>
  readWholeAs(answer.body, replyLimitBytes, (whole) => jsonOf(answer, whole))

function jsonOf(answer: WireAnswer, read: WholeBody): Outcome<WholeJson, Fault> {
  if (read.kind === 'cut')
    return failed(makeFault('upstream_cut', 'the connection broke before the answer was whole'))
  if (read.kind === 'flawed') return failed(makeFault('upstream_malformed', read.says))
  const raw = read.text
  if (raw.trim() === '') return failed(makeFault('upstream_empty', 'the answer is empty'))
  const body = parseJson(raw)
  if (body === undefined)
    return failed(
      makeFault('upstream_malformed', `the answer is not JSON (content type ${contentType(answer)})`),
    )
  return done({ raw, body })
}

/** A reply with its text as it came. */
export interface WholeReply {
  readonly kind: 'reply'
  readonly reply: Reply
  readonly raw: string
}

type Adapter = Pick<OutboundAdapter, 'readReply'>

export const readReply = (adapter: Adapter, answer: WireAnswer): Promise<Outcome<WholeReply, Fault>> =>
  readWholeAs(answer.body, replyLimitBytes, (whole) => replyOf(adapter, jsonOf(answer, whole)))

function replyOf(adapter: Adapter, json: Outcome<WholeJson, Fault>): Outcome<WholeReply, Fault> {
  if (!json.ok) return json
  const { raw, body } = json.value
  const reply = adapter.readReply(body)
  if (!reply.ok) return reply
  const flaw = flawOf(reply.value)
  return flaw ? failed(flaw) : done({ kind: 'reply', reply: reply.value, raw })
}

/** A success that is none: nothing said, by policy or for want of room, or a tool called by no name. */
function flawOf({ choices, unsupported }: Reply): Fault | undefined {
  const isSilent = choices.every(({ content, toolCalls }) => content.length === 0 && toolCalls.length === 0)
  if (isSilent && choices.every(({ finish }) => finish === 'content_filter'))
    return policyFault(choices[0]?.refusal ?? choices[0]?.finishWire)
  if (isSilent && unsupported.length === 0 && choices.every(({ refusal }) => refusal === undefined))
    return nothingSaid(choices[0]?.finish)
  const isNameless = choices.some(({ toolCalls }) => toolCalls.some(({ name }) => name === ''))
  return isNameless ? makeFault('upstream_malformed', 'a tool call has no name') : undefined
}

const contentType = (answer: WireAnswer) => (answer.headers['content-type'] ?? 'none').slice(0, 60)
