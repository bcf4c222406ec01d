/** Finds the messages in a run's inputs or outputs, whatever shape they have. */

import type { RunMessage, RunRole } from '../../protocol/run.ts'
import { asList, asLoose, type Loose, unpacked } from './loose.ts'
import { readContent } from './read-content.ts'
import { readMessage, roleOf } from './read-message.ts'

/** Payloads nest their messages; deeper than this nobody looks. */
const deepest = 8

/** `plain` is who speaks where the payload is mere text: the user before a model, the model after it. */
export function readMessages(value: unknown, plain?: RunRole): readonly RunMessage[] {
  return search(value, plain, 0)
}

function search(packed: unknown, plain: RunRole | undefined, depth: number): readonly RunMessage[] {
  if (depth > deepest) return []
  const value = unpacked(packed)
  if (typeof value === 'string') return value !== '' && plain ? promptText(value, plain) : []
  const message = readMessage(value)
  if (message) return message
  if (Array.isArray(value)) return inList(value, plain, depth)
  const given = asLoose(value)
  return given ? inRecord(given, plain, depth) : []
}

function inList(list: readonly unknown[], plain: RunRole | undefined, depth: number): readonly RunMessage[] {
  const first = list[0]
  // A batch: the messages of each prompt, or the generations of each. The first stands for the run.
  if (Array.isArray(first) && readMessage(first) === undefined) return search(first, plain, depth + 1)
  const calls = list.every((one) => typeof asLoose(one)?.['toolName'] === 'string')
  const found = list.map((one) => (calls ? readMessage(one) : listed(one, plain, depth)))
  const messages = found.flatMap((one) => one ?? [])
  return calls ? [joined(messages)].flatMap((one) => one ?? []) : messages
}

/** Texts in a list of messages are read only where they are the whole list's kind. */
function listed(one: unknown, plain: RunRole | undefined, depth: number): readonly RunMessage[] {
  const message = readMessage(unpacked(one))
  if (message) return message
  if (typeof one === 'string') return plain ? search(one, plain, depth + 1) : []
  const given = asLoose(one)
  const content = given && plain && isPart(given) ? readContent(given) : undefined
  if (content && content.texts.length > 0) return [{ role: plain ?? 'user', text: content.texts.join('\n') }]
  const generated = given?.['text']
  return typeof generated === 'string' && given && 'generation_info' in given
    ? [{ role: 'assistant', text: generated }]
    : []
}

const isPart = (given: Loose) => given['type'] === 'text' || given['type'] === 'output_text'

/** Several calls of one turn are one message. */
function joined(messages: readonly RunMessage[]): RunMessage | undefined {
  const toolCalls = messages.flatMap((one) => one.toolCalls ?? [])
  return messages[0] && { ...messages[0], toolCalls }
}

/** Where payloads keep their messages, in the order of trust. */
const homes = [
  'messages',
  'input_messages',
  'contents',
  'prompts',
  'choices',
  'generations',
  'candidates',
  'new_message',
  'message',
] as const
const wraps = ['input', 'inputs', 'output', 'outputs', 'value', 'state', 'kwargs'] as const
const texts = ['prompt', 'content', 'text', 'response', 'completion', 'answer'] as const

function inRecord(given: Loose, plain: RunRole | undefined, depth: number): readonly RunMessage[] {
  const system = systemOf(given)
  for (const name of homes) {
    const inner = given[name]
    if (inner === undefined || inner === null) continue
    const found = search(inner, homeRole(name, plain), depth + 1)
    if (found.length > 0) return [...system, ...found]
  }
  for (const name of wraps) {
    const found = search(given[name], plain, depth + 1)
    if (found.length > 0) return [...system, ...found]
  }
  if (plain === undefined) return system
  for (const name of texts) {
    const text = given[name]
    const found = typeof text === 'string' ? promptText(text, plain) : partsOf(text, plain)
    if (found.length > 0) return [...system, ...found]
  }
  return system
}

/** A list of messages that holds a mere text says it as the user. */
function homeRole(name: (typeof homes)[number], plain: RunRole | undefined): RunRole | undefined {
  if (name === 'prompts') return 'user'
  return name === 'choices' || name === 'generations' || name === 'candidates' ? 'assistant' : plain
}

function partsOf(value: unknown, role: RunRole): readonly RunMessage[] {
  if (asList(value) === undefined) return []
  const { texts: found, toolCalls } = readContent(value)
  if (found.length === 0 && toolCalls.length === 0) return []
  return [{ role, text: found.join('\n'), ...(toolCalls.length > 0 ? { toolCalls } : {}) }]
}

/** Instructions that stand beside the messages: Anthropic's and Vercel's `system`, OpenAI's, Gemini's. */
function systemOf(given: Loose): readonly RunMessage[] {
  const isChat = ['messages', 'contents', 'input', 'prompt'].some((name) => given[name] !== undefined)
  if (!isChat) return []
  const config = asLoose(given['config'])
  const said =
    given['system'] ??
    given['instructions'] ??
    given['system_instruction'] ??
    given['systemInstruction'] ??
    config?.['system_instruction'] ??
    config?.['systemInstruction']
  if (said === undefined || said === null || said === '') return []
  const parts = asLoose(said)?.['parts'] ?? said
  const text = readContent(parts).texts.join('\n')
  return text === '' ? [] : [{ role: 'system', text }]
}

const spoken = /^(System|Human|User|AI|Assistant|Tool): /m

/** A prompt in one text: LangChain writes `System: …\nHuman: …`. */
function promptText(text: string, plain: RunRole): readonly RunMessage[] {
  if (plain !== 'user' || !spoken.test(text) || text.search(spoken) !== 0) return [{ role: plain, text }]
  const pieces = text.split(/^(System|Human|User|AI|Assistant|Tool): /m).slice(1)
  const messages: RunMessage[] = []
  for (let at = 0; at < pieces.length; at += 2)
    messages.push({ role: roleOf(pieces[at]) ?? 'user', text: (pieces[at + 1] ?? '').replace(/\n$/, '') })
  return messages
}
