/** OpenAI chat completion → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord, parseJson } from '../../../base/text.ts'
import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { Choice, Reply } from '../../../protocol/reply.ts'
import { readFinish } from './finish.ts'
import { readContent, type Said } from './read-content.ts'
import { readError, toFault } from './read-fault.ts'
import { readUsage } from './wire-usage.ts'

export function readReply(body: unknown): Outcome<Reply, Fault> {
  if (!isRecord(body)) return failed(makeFault('upstream_malformed', 'the answer is not a JSON object'))
  if (body['error'] !== undefined && body['error'] !== null) return failed(toFault(readError(body, 0)))
  const choices = body['choices']
  if (!Array.isArray(choices)) return failed(makeFault('upstream_malformed', 'the answer has no choices'))
  const wires = choices.filter(isRecord)
  const contents = wires.map((choice) => readContent(messageOf(choice)))
  const read = wires.map((choice, at) => readChoice(choice, at, contents[at]?.parts ?? []))
  const unheld = contents.flatMap(({ unsupported }) => unsupported)
  const unsupported = unheld.length < 2 ? unheld : [...new Set(unheld)]
  if (read.length === 0 || (read.every(isEmpty) && unsupported.length === 0))
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
    unsupported,
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

export const isJson = (value: string) => parseJson(value) !== undefined

function readChoice(choice: Record<string, unknown>, at: number, said: readonly Said[]): Choice {
  const message = messageOf(choice)
  const wire = text(choice['finish_reason'])
  const refusal = text(message['refusal'])
  const toolCalls = callsOf(message).map(readToolCall)
  return {
    index: typeof choice['index'] === 'number' ? choice['index'] : at,
    content: said.map(ofOpenai),
    toolCalls,
    finish: readFinish(wire ?? '', toolCalls.length > 0),
    finishWire: wire,
    refusal: refusal === '' ? undefined : refusal,
    logprobs: choice['logprobs'] ? choice['logprobs'] : undefined,
  }
}

const messageOf = (choice: Record<string, unknown>) => (isRecord(choice['message']) ? choice['message'] : {})

const ofOpenai = (part: Said): ContentPart => (part.kind === 'text' ? part : { ...part, from: 'openai' })

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The older way to call one function has no list and no id. */
function callsOf(message: Record<string, unknown>): readonly Record<string, unknown>[] {
  const { tool_calls: listed, function_call: single } = message
  if (Array.isArray(listed) && listed.length > 0) return listed.filter(isRecord)
  return isRecord(single) ? [{ function: single }] : []
}

function readToolCall(call: Record<string, unknown>, at: number): ToolCall {
  const named = isRecord(call['function']) ? call['function'] : {}
  return {
    id: text(call['id']) || `call_${at}`,
    name: text(named['name']) ?? '',
    arguments: text(named['arguments']) || '{}',
  }
}
