/** Makes up answers that depend on nothing but the request, so that every test and demo can predict them. */

import { isRecord } from '../base/text.ts'
import type { ChatRequest, ContentPart, Message } from '../protocol/chat.ts'
import type { Choice, Reply, Usage } from '../protocol/reply.ts'

/** What stands behind a simulated provider; another one may be plugged in. */
export type Answerer = (request: ChatRequest) => Omit<Reply, 'id' | 'createdAtS'>

export const simulatedAnswer: Answerer = (request) => {
  const choices = Array.from({ length: request.choices ?? 1 }, (_, index) => ({
    index,
    ...choiceFor(request),
  }))
  return { model: request.model, choices, usage: countUsage(request, choices), unsupported: [] }
}

function choiceFor(request: ChatRequest): Omit<Choice, 'index'> {
  const calls = toolCalls(request)
  if (calls.length > 0) return { content: [], toolCalls: calls, finish: 'tool_calls' }
  const thought: ContentPart[] = wantsThinking(request)
    ? [
        {
          kind: 'reasoning',
          text: 'The request is read; a simulated answer is due.',
          signature: 'simulated-signature',
          from: request.dialect === 'responses' ? 'openai' : request.dialect,
        },
      ]
    : []
  const text = answerText(request)
  const words = text.split(/(?<= )/)
  const limit = request.maxOutputTokens ?? Number.POSITIVE_INFINITY
  const cut = words.length > limit
  const said = cut ? words.slice(0, limit).join('') : text
  return {
    content: [...thought, { kind: 'text', text: said }],
    toolCalls: [],
    finish: cut ? 'length' : 'stop',
  }
}

const wantsThinking = ({ reasoningEffort, reasoningBudgetTokens }: ChatRequest) =>
  (reasoningEffort !== undefined && reasoningEffort !== 'none') || (reasoningBudgetTokens ?? 0) > 0

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
  const last = request.messages.at(-1)
  if (last?.role === 'tool') return `The tool answered: ${textOf(last.content)}`
  const images = last?.content.filter(({ kind }) => kind === 'image').length ?? 0
  const seen = images > 0 ? ` and ${images} image${images > 1 ? 's' : ''}` : ''
  return `This is a simulated answer from the sandbox to${seen}: ${lastText(request.messages)}`
}

const textOf = (content: readonly ContentPart[]) =>
  content.map((part) => (part.kind === 'text' ? part.text : '')).join('')
const lastText = (messages: readonly Message[]) => textOf(messages.at(-1)?.content ?? [])

/** The smallest value a JSON Schema allows, as far as schemas of tools go. */
export function sample(schema: unknown, depth = 0): unknown {
  if (!isRecord(schema) || depth > 8) return null
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  if ('const' in schema) return schema['const']
  const branches = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(branches)) return sample(branches[0], depth + 1)
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type']
  if (type === 'string') return 'simulated'
  if (type === 'integer' || type === 'number')
    return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1
  if (type === 'boolean') return true
  if (type === 'null') return null
  if (type === 'array') return [sample(schema['items'], depth + 1)]
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, sample(one, depth + 1)]))
}

/** One token for each four characters, at least one a message. */
function countUsage(request: ChatRequest, choices: readonly Choice[]): Usage {
  const count = (text: string) => Math.max(1, Math.ceil(text.length / 4))
  const input = request.messages.reduce((sum, { content }) => sum + count(textOf(content)), 0)
  const output = choices.reduce(
    (sum, { content, toolCalls: calls }) =>
      sum + count(textOf(content)) + calls.reduce((all, call) => all + count(call.arguments), 0),
    0,
  )
  return { input, output }
}
