/** Makes up answers that depend on nothing but the request, so that every test and demo can predict them. */

import type { ChatRequest, ContentPart, Message } from '../protocol/chat.ts'
import type { Choice, Reply, Usage } from '../protocol/reply.ts'
import { sample } from './sample.ts'

/** What stands behind a simulated provider; another one may be plugged in. */
export type Answerer = (request: ChatRequest) => Omit<Reply, 'id' | 'createdAtS'>

export const simulatedAnswer: Answerer = (request) => {
  const choices = Array.from({ length: request.choices ?? 1 }, (_, index) => ({
    index,
    ...choiceFor(request),
  }))
  return { model: request.model, choices, usage: countUsage(request, choices), unsupported: [] }
}

/** Thinking stands before the answer or the calls; a limit on the output cuts words, a stop sequence the rest. */
function choiceFor(request: ChatRequest): Omit<Choice, 'index'> {
  const { before, behind } = thinking(request)
  const calls = toolCalls(request)
  if (calls.length > 0) return { content: before, toolCalls: signed(calls, request), finish: 'tool_calls' }
  const { text, stopSequence } = stopped(answerText(request), request.stop ?? [])
  const words = text.split(/(?<= )/)
  const limit = request.maxOutputTokens ?? Number.POSITIVE_INFINITY
  const isCut = words.length > limit
  const said = isCut ? words.slice(0, limit).join('') : text
  return {
    content: [...before, { kind: 'text', text: said }, ...behind],
    toolCalls: [],
    finish: isCut ? 'length' : 'stop',
    ...(isCut || stopSequence === undefined ? {} : { stopSequence }),
  }
}

function stopped(text: string, stops: readonly string[]): { text: string; stopSequence?: string } {
  const found = stops
    .map((stop) => ({ at: stop === '' ? -1 : text.indexOf(stop), stop }))
    .filter(({ at }) => at >= 0)
    .toSorted((one, other) => one.at - other.at)[0]
  return found ? { text: text.slice(0, found.at), stopSequence: found.stop } : { text }
}

const wantsThinking = ({ reasoningEffort, reasoningBudgetTokens }: ChatRequest) =>
  (reasoningEffort !== undefined && reasoningEffort !== 'none') || (reasoningBudgetTokens ?? 0) > 0

const signature = 'simulated-signature'

interface Thinking {
  readonly before: readonly ContentPart[]
  readonly behind: readonly ContentPart[]
}

/** Each provider's own way to sign: Anthropic the thought, Gemini the text behind it, OpenAI's imitators nothing. */
function thinking(request: ChatRequest): Thinking {
  if (!wantsThinking(request)) return { before: [], behind: [] }
  const from = request.dialect === 'responses' ? 'openai' : request.dialect
  const thought = {
    kind: 'reasoning',
    text: 'The request is read; a simulated answer is due.',
    from,
  } as const
  if (from === 'anthropic') return { before: [{ ...thought, signature }], behind: [] }
  const sign: ContentPart = { kind: 'reasoning', text: '', redacted: signature, from }
  return { before: [thought], behind: from === 'gemini' ? [sign] : [] }
}

/** Gemini signs the first call of a turn: its newer models always, the others where they think. */
function signed(calls: Choice['toolCalls'], request: ChatRequest): Choice['toolCalls'] {
  const signs =
    request.dialect === 'gemini' && (wantsThinking(request) || /^gemini-[3-9]/.test(request.model))
  return calls.map((call, at) => (signs && at === 0 ? { ...call, signature, from: 'gemini' } : call))
}

/** Each tool asked for by name, or the first: called once, with arguments its schema allows. */
function toolCalls(request: ChatRequest): Choice['toolCalls'] {
  const { tools, toolChoice, messages } = request
  if (tools.length === 0 || toolChoice === 'none' || messages.at(-1)?.role === 'tool') return []
  const forced = typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.name) : tools
  const asked = forced.filter(({ name }) => lastText(messages).includes(name))
  const called =
    asked.length > 0 && request.parallelToolCalls !== false
      ? asked
      : (asked.length > 0 ? asked : forced).slice(0, 1)
  return called.map((tool, at) => ({
    id: `call_simulated_${messages.length}_${at}`,
    name: tool.name,
    arguments: JSON.stringify(sample(tool.parameters ?? {})),
  }))
}

function answerText(request: ChatRequest): string {
  const format = request.responseFormat
  if (format?.kind === 'json_schema') return JSON.stringify(sample(format.schema))
  if (format?.kind === 'json') return JSON.stringify({ answer: 'simulated' })
  const answers = toolAnswers(request.messages)
  if (answers.length > 0) return `The tool${answers.length > 1 ? 's' : ''} answered: ${answers.join('; ')}`
  const last = request.messages.at(-1)
  const images = last?.content.filter(({ kind }) => kind === 'image').length ?? 0
  const seen = images > 0 ? ` and ${images} image${images > 1 ? 's' : ''}` : ''
  return `This is a simulated answer from the sandbox to${seen}: ${lastText(request.messages)}`
}

/** What tools have answered since the model spoke last. */
function toolAnswers(messages: readonly Message[]): readonly string[] {
  const from = messages.findLastIndex(({ role }) => role !== 'tool') + 1
  return messages.slice(from).map(({ content }) => textOf(content))
}

const textOf = (content: readonly ContentPart[]) =>
  content.map((part) => (part.kind === 'text' ? part.text : '')).join('')
const lastText = (messages: readonly Message[]) => textOf(messages.at(-1)?.content ?? [])

/** One token for each four characters, at least one a message; thinking is part of the output. */
function countUsage(request: ChatRequest, choices: readonly Choice[]): Usage {
  const count = (text: string) => Math.max(1, Math.ceil(text.length / 4))
  const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0)
  const thoughts = choices.flatMap(({ content }) =>
    content.flatMap((part) => (part.kind === 'reasoning' && part.text !== '' ? [part.text] : [])),
  )
  const reasoning = sum(thoughts.map(count))
  const said = choices.flatMap(({ content, toolCalls: calls }) => [
    textOf(content),
    ...calls.map((call) => call.arguments),
  ])
  return {
    input: sum(request.messages.map(({ content }) => count(textOf(content)))),
    output: sum(said.map(count)) + reasoning,
    ...(reasoning > 0 ? { reasoning } : {}),
  }
}
