/** OpenAI chat completion → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { Choice, Reply } from '../../../protocol/reply.ts'
import { readFinish } from './finish.ts'
import { readError, toFault } from './read-fault.ts'
import { readUsage } from './wire-usage.ts'

export function readReply(body: unknown): Outcome<Reply, Fault> {
  if (!isRecord(body)) return failed(makeFault('upstream_malformed', 'the answer is not a JSON object'))
  if (body['error'] !== undefined && body['error'] !== null) return failed(toFault(readError(body, 0)))
  const choices = body['choices']
  if (!Array.isArray(choices)) return failed(makeFault('upstream_malformed', 'the answer has no choices'))
  const read = choices.filter(isRecord).map(readChoice)
  if (read.length === 0 || read.every(isEmpty))
    return failed(makeFault('upstream_empty', 'the answer has no content'))
  const whole = read.filter(({ finish }) => finish !== 'length' && finish !== 'content_filter')
  if (whole.some(({ toolCalls }) => toolCalls.some(({ arguments: json }) => !isJson(json))))
    return failed(makeFault('upstream_malformed', 'a tool call has arguments that are not JSON'))
  return done({
    id: text(body['id']) ?? '',
    model: text(body['model']) ?? '',
    createdAtS: typeof body['created'] === 'number' ? body['created'] : undefined,
    choices: read,
    usage: readUsage(body['usage']),
    unsupported: [],
  })
}

/** Nothing said, and no reason given for saying nothing. */
function isEmpty({ content, toolCalls, refusal, finish }: Choice): boolean {
  return (
    content.length === 0 &&
    toolCalls.length === 0 &&
    refusal === undefined &&
    finish !== 'content_filter' &&
    finish !== 'length'
  )
}

export function isJson(value: string): boolean {
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

function readChoice(choice: Record<string, unknown>, at: number): Choice {
  const message = isRecord(choice['message']) ? choice['message'] : {}
  const wire = text(choice['finish_reason'])
  const refusal = text(message['refusal'])
  const toolCalls = Array.isArray(message['tool_calls'])
    ? message['tool_calls'].filter(isRecord).map(readToolCall)
    : []
  return {
    index: typeof choice['index'] === 'number' ? choice['index'] : at,
    content: [...readReasoning(message), ...readContent(message['content'])],
    toolCalls,
    finish: readFinish(wire ?? '', toolCalls.length > 0),
    ...(wire === undefined ? {} : { finishWire: wire }),
    ...(refusal ? { refusal } : {}),
    ...(choice['logprobs'] ? { logprobs: choice['logprobs'] } : {}),
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function readReasoning(message: Record<string, unknown>): ContentPart[] {
  const said = text(message['reasoning_content']) ?? text(message['reasoning'])
  return said ? [{ kind: 'reasoning', text: said, from: 'openai' }] : []
}

/** A string, or Mistral's list of parts. */
export function readContent(content: unknown): ContentPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  if (!Array.isArray(content)) return []
  return content.filter(isRecord).flatMap((part): ContentPart[] => {
    if (part['type'] === 'thinking') return thinking(part['thinking'])
    const said = text(part['text'])
    return said ? [{ kind: 'text', text: said }] : []
  })
}

function thinking(value: unknown): ContentPart[] {
  const said = Array.isArray(value)
    ? value.map((one) => (isRecord(one) ? (text(one['text']) ?? '') : '')).join('')
    : text(value)
  return said ? [{ kind: 'reasoning', text: said, from: 'openai' }] : []
}

function readToolCall(call: Record<string, unknown>, at: number): ToolCall {
  const named = isRecord(call['function']) ? call['function'] : {}
  return {
    id: text(call['id']) || `call_${at}`,
    name: text(named['name']) ?? '',
    arguments: text(named['arguments']) || '{}',
  }
}
