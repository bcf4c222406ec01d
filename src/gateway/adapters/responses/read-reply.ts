/** A response object → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord, parseJson } from '../../../base/text.ts'
import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { FinishReason, Reply } from '../../../protocol/reply.ts'
import { readError, toFault } from '../openai/read-fault.ts'
import { filled, present } from '../present.ts'
import { readUsage } from './read-usage.ts'
import { joinSeal } from './seal.ts'

type Wire = Readonly<Record<string, unknown>>

export function readReply(body: unknown): Outcome<Reply, Fault> {
  if (!isRecord(body)) return failed(makeFault('upstream_malformed', 'the answer is not a JSON object'))
  const broken = faultOf(body)
  if (broken) return failed(broken)
  const output: unknown = body['output']
  if (!Array.isArray(output)) return failed(makeFault('upstream_malformed', 'the answer has no output'))
  const items = output.filter(isRecord)
  const said = items.map(readItem)
  const content = said.flatMap((one) => one.content)
  const toolCalls = said.flatMap((one) => one.toolCalls)
  const refusal = said.flatMap((one) => one.refusal).join('\n')
  const logprobs = said.flatMap((one) => one.logprobs)
  const unsupported = [...new Set(said.flatMap((one) => one.unsupported))]
  const finish = finishOf(body, toolCalls.length > 0)
  const isWhole = finish !== 'length' && finish !== 'content_filter'
  if (isWhole && content.length === 0 && toolCalls.length === 0 && refusal === '' && unsupported.length === 0)
    return failed(makeFault('upstream_empty', 'the answer has no content'))
  if (isWhole && toolCalls.some(({ arguments: json }) => parseJson(json) === undefined))
    return failed(makeFault('upstream_malformed', 'a tool call has arguments that are not JSON'))
  return done(
    present({
      id: filled(body['id']) ?? '',
      model: filled(body['model']) ?? '',
      createdAtS: typeof body['created_at'] === 'number' ? body['created_at'] : undefined,
      choices: [
        present({
          index: 0,
          content,
          toolCalls,
          finish,
          finishWire: filled(body['status']),
          refusal: refusal === '' ? undefined : refusal,
          logprobs: logprobs.length > 0 ? { content: logprobs } : undefined,
        }),
      ],
      usage: readUsage(body['usage']),
      unsupported,
    }),
  )
}

/** What ended it instead of an answer; undefined for an answer. */
export function faultOf(response: Wire): Fault | undefined {
  const { error, status } = response
  if (error !== undefined && error !== null) return toFault(readError({ error }, 0))
  if (status === 'failed' || status === 'cancelled')
    return makeFault('upstream_error', `the response is ${status}`)
  if (status === 'queued' || status === 'in_progress')
    return makeFault('upstream_malformed', `the response is still ${status}`)
  if (status === 'incomplete' && incompleteReason(response) === undefined)
    return makeFault('upstream_cut', 'the response is incomplete, for no reason that a caller could act on')
  return undefined
}

/** Why it ends early, where that is an end that callers know. */
function incompleteReason({ incomplete_details: details }: Wire): FinishReason | undefined {
  const reason = isRecord(details) ? details['reason'] : undefined
  if (reason === 'max_output_tokens') return 'length'
  return reason === 'content_filter' ? 'content_filter' : undefined
}

export function finishOf(response: Wire, calledTools: boolean): FinishReason {
  if (response['status'] === 'incomplete') return incompleteReason(response) ?? 'other'
  return calledTools ? 'tool_calls' : 'stop'
}

interface Said {
  readonly content: readonly ContentPart[]
  readonly toolCalls: readonly ToolCall[]
  readonly refusal: readonly string[]
  readonly logprobs: readonly unknown[]
  readonly unsupported: readonly string[]
}

const nothing: Said = { content: [], toolCalls: [], refusal: [], logprobs: [], unsupported: [] }

function readItem(item: Wire): Said {
  switch (item['type']) {
    case 'message':
      return readMessage(item)
    case 'function_call':
      return { ...nothing, toolCalls: [readCall(item)] }
    case 'reasoning':
      return { ...nothing, content: readThought(item) }
    default:
      return { ...nothing, unsupported: [filled(item['type']) ?? 'item'] }
  }
}

function readMessage(item: Wire): Said {
  const parts: readonly Wire[] = Array.isArray(item['content']) ? item['content'].filter(isRecord) : []
  const texts = parts.filter(({ type }) => type === 'output_text')
  return {
    content: texts.flatMap(({ text }): ContentPart[] =>
      typeof text === 'string' && text !== '' ? [{ kind: 'text', text }] : [],
    ),
    toolCalls: [],
    refusal: parts.flatMap(({ type, refusal }) => (type === 'refusal' ? [filled(refusal) ?? ''] : [])),
    logprobs: texts.flatMap(({ logprobs }) => (Array.isArray(logprobs) ? logprobs : [])),
    unsupported: parts.flatMap(({ type }) =>
      type === 'output_text' || type === 'refusal' ? [] : [filled(type) ?? 'content'],
    ),
  }
}

export const readCall = (item: Wire): ToolCall => ({
  id: filled(item['call_id']) ?? filled(item['id']) ?? '',
  name: filled(item['name']) ?? '',
  arguments: filled(item['arguments']) ?? '{}',
})

function readThought(item: Wire): readonly ContentPart[] {
  const text = [item['summary'], item['content']]
    .flatMap((parts): unknown[] => (Array.isArray(parts) ? parts : []))
    .flatMap((part) => (isRecord(part) ? [filled(part['text']) ?? ''] : []))
    .join('\n\n')
  const signature = sealOf(item)
  if (text === '' && signature === undefined) return []
  return [present({ kind: 'reasoning', text, signature, from: 'responses' })]
}

/** Undefined where the item is not sealed. */
export function sealOf(item: Wire): string | undefined {
  const sealed = filled(item['encrypted_content'])
  return sealed === undefined ? undefined : joinSeal(filled(item['id']) ?? 'rs_0', sealed)
}
