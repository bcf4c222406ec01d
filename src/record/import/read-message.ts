/** Reads one message of any library; a message that carries tool results becomes several. */

import type { RunMessage, RunRole, RunToolCall } from '../../protocol/run.ts'
import { asLoose, asText, firstOf, type Loose, unpacked } from './loose.ts'
import { type Content, emptyContent, readContent, readToolCall, readToolCalls } from './read-content.ts'

const roles: Readonly<Record<string, RunRole>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
  aimessagechunk: 'assistant',
  tool: 'tool',
  function: 'tool',
  toolmessage: 'tool',
  humanmessage: 'user',
  systemmessage: 'system',
  developermessage: 'system',
  aimessage: 'assistant',
  functionmessage: 'tool',
  humanmessagechunk: 'user',
  systemmessagechunk: 'system',
  toolmessagechunk: 'tool',
}

/** The role a word stands for; undefined for a word that is none. */
export function roleOf(word: unknown): RunRole | undefined {
  const key = typeof word === 'string' ? word.toLowerCase() : ''
  return Object.hasOwn(roles, key) ? roles[key] : undefined
}

const carriers = [
  'content',
  'contents',
  'parts',
  'text',
  'tool_calls',
  'function_call',
  'refusal',
  'reasoning',
]

/** The messages of a value that is one message; undefined where it is none. */
export function readMessage(value: unknown): readonly RunMessage[] | undefined {
  const given = asLoose(value)
  if (given === undefined) return pairOf(value)
  return (
    constructed(given) ?? typed(given) ?? wrapped(given) ?? spoken(given) ?? item(given) ?? vercelCall(given)
  )
}

/** `["system", "text"]` */
function pairOf(value: unknown): readonly RunMessage[] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const role = roleOf(value[0])
  return role && typeof value[1] === 'string' ? [{ role, text: value[1] }] : undefined
}

/** LangChain's serialised objects: `{ lc, type: 'constructor', id: [..., 'HumanMessage'], kwargs }`. */
function constructed(given: Loose): readonly RunMessage[] | undefined {
  const { id, kwargs } = given
  if (given['type'] !== 'constructor' || !Array.isArray(id)) return undefined
  const role = roleOf(id.at(-1))
  const fields = asLoose(kwargs)
  return role && fields ? compose(role, fields) : undefined
}

/** `{ type: 'human', content }` and `{ type: 'human', data: { content } }`. */
function typed(given: Loose): readonly RunMessage[] | undefined {
  const role = given['role'] === undefined ? roleOf(given['type']) : undefined
  if (role === undefined) return undefined
  const fields = asLoose(given['data']) ?? given
  return 'content' in fields ? compose(role, fields) : undefined
}

/** A choice, a generation, a candidate, an OpenInference message: something around a message. */
function wrapped(given: Loose): readonly RunMessage[] | undefined {
  for (const name of ['message', 'content'] as const) {
    const inner = asLoose(given[name])
    if (inner === undefined || typeof given['role'] === 'string') continue
    const isMessage = typeof inner['role'] === 'string' || inner['type'] === 'constructor'
    if (isMessage) return readMessage(inner)
  }
  return undefined
}

function spoken(given: Loose): readonly RunMessage[] | undefined {
  const word = asText(given['role'])
  if (word === undefined || !carriers.some((name) => name in given)) return undefined
  if (isToolDefinition(given['content'])) return []
  const role = roleOf(word)
  // Agents of a group speak under their own names.
  return role ? compose(role, given) : compose('assistant', { name: word, ...given })
}

/** Some writers put the tools on offer among the messages. */
function isToolDefinition(content: unknown): boolean {
  const given = asLoose(content)
  return given?.['type'] === 'function' && asLoose(given['function']) !== undefined
}

/** Items of OpenAI's Responses. */
function item(given: Loose): readonly RunMessage[] | undefined {
  if (given['type'] === 'function_call') {
    const call = readToolCall(given)
    return call && [{ role: 'assistant', text: '', toolCalls: [call] }]
  }
  if (given['type'] === 'function_call_output') return results(readContent(given))
  return undefined
}

function vercelCall(given: Loose): readonly RunMessage[] | undefined {
  if (typeof given['toolName'] !== 'string' || 'result' in given || 'output' in given) return undefined
  const call = readToolCall(given)
  return call && [{ role: 'assistant', text: '', toolCalls: [call] }]
}

function compose(role: RunRole, fields: Loose): readonly RunMessage[] {
  const content = emptyContent()
  for (const name of ['content', 'contents', 'parts'] as const) readContent(fields[name], content)
  if (content.texts.length === 0 && content.toolCalls.length === 0 && content.results.length === 0)
    readContent(firstOf(asText(fields['text']), asText(fields['refusal'])), content)
  const thought = asText(fields['reasoning_content']) ?? asText(fields['reasoning'])
  if (thought) content.reasoning.push(thought)
  if (role === 'tool') return [toolMessage(fields, content)]
  const own: RunMessage = {
    role,
    text: content.texts.join('\n'),
    ...named(fields),
    ...(content.reasoning.length > 0 ? { reasoning: content.reasoning.join('\n') } : {}),
    ...(content.media.length > 0 ? { media: content.media } : {}),
    ...callsOf(fields, content),
  }
  const isOnlyResults = content.results.length > 0 && own.text === '' && own.toolCalls === undefined
  return [...results(content), ...(isOnlyResults ? [] : [own])]
}

const results = ({ results: found }: Content): readonly RunMessage[] =>
  found.map((one) => ({ role: 'tool', ...one }))

function toolMessage(fields: Loose, content: Content): RunMessage {
  const only = content.results[0]
  const id =
    asText(fields['tool_call_id']) ??
    asText(fields['tool_use_id']) ??
    asText(fields['toolCallId']) ??
    only?.toolCallId
  const { name } = { name: only?.name, ...named(fields) }
  const text = [...content.texts, ...content.results.map((one) => one.text)].join('\n')
  return { role: 'tool', text, ...(name ? { name } : {}), ...(id ? { toolCallId: id } : {}) }
}

const named = (fields: Loose) => {
  const name = asText(fields['name'])
  return name ? { name } : {}
}

/** Calls stand beside the content, among its parts, or both: each is told once. */
function callsOf(fields: Loose, content: Content): { readonly toolCalls?: readonly RunToolCall[] } {
  const more = asLoose(fields['additional_kwargs'])
  const beside = [
    readToolCalls(unpacked(fields['tool_calls'])),
    readToolCalls(more?.['tool_calls']),
    content.toolCalls,
    [fields['function_call'], more?.['function_call']].flatMap((one) => readToolCall(one) ?? []),
  ]
  const calls = beside.find((list) => list.length > 0)
  return calls ? { toolCalls: calls } : {}
}
