/** Notices a body that was meant for another path, so that the caller hears where to send it instead of which field is wrong. */

import { isRecord } from '../base/text.ts'
import type { Dialect } from '../protocol/chat.ts'

type Body = Readonly<Record<string, unknown>>

const places: Readonly<Record<Dialect, readonly [name: string, where: string]>> = {
  openai: ['an OpenAI chat-completions request', 'send it to /v1/chat/completions'],
  anthropic: ['an Anthropic request', 'send it to /v1/messages'],
  responses: ['an OpenAI Responses request', 'send it to /v1/responses'],
  gemini: [
    'a Gemini request',
    'the gateway takes in OpenAI’s at /v1/chat/completions and /v1/responses and Anthropic’s at /v1/messages',
  ],
}

/** What to tell the caller of a body that is not, or not wholly, of `dialect`; undefined where it looks like no other either. */
export function misdirected(body: Body, dialect: Dialect): string | undefined {
  const looks = dialectOf(body, dialect)
  if (looks === undefined || looks === dialect) return undefined
  const [name, where] = places[looks]
  return `this looks like ${name}; ${where}`
}

/** By marks that only one dialect has. */
function dialectOf(body: Body, dialect: Dialect): Dialect | undefined {
  const { messages } = body
  if (!Array.isArray(messages)) {
    if (Array.isArray(body['contents'])) return 'gemini'
    return 'input' in body ? 'responses' : undefined
  }
  if (isAnthropic(body, messages)) return 'anthropic'
  if (isChat(body, messages)) return 'openai'
  return dialect === 'responses' && !('input' in body) ? 'openai' : undefined
}

const isAnthropic = (body: Body, messages: readonly unknown[]) =>
  'system' in body ||
  'stop_sequences' in body ||
  'anthropic_version' in body ||
  records(body['tools']).some((tool) => 'input_schema' in tool) ||
  blocksOf(messages).some(
    ({ type, source }) =>
      type === 'tool_use' || type === 'tool_result' || (type === 'image' && isRecord(source)),
  )

const isChat = (body: Body, messages: readonly unknown[]) =>
  'response_format' in body ||
  'max_completion_tokens' in body ||
  'stream_options' in body ||
  records(body['tools']).some((tool) => isRecord(tool['function'])) ||
  records(messages).some(
    ({ role, tool_calls }) => role === 'tool' || role === 'developer' || Array.isArray(tool_calls),
  ) ||
  blocksOf(messages).some(({ type }) => type === 'image_url')

const records = (list: unknown): readonly Body[] => (Array.isArray(list) ? list.filter(isRecord) : [])

const blocksOf = (messages: readonly unknown[]): readonly Body[] =>
  records(messages).flatMap(({ content }) => records(content))
