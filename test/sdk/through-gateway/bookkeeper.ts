/** An answerer that needs the whole conversation: it adds up what tools told it, turn by turn, and signs each turn. */

import { unsigned } from '../../../src/gateway/adapters/gemini/write-messages.ts'
import type { ChatRequest, ContentPart, Dialect, Message, ToolCall } from '../../../src/protocol/chat.ts'
import type { Choice, Reply } from '../../../src/protocol/reply.ts'
import type { Answerer } from '../../../src/sandbox/answerer.ts'
import type { ToolSpec } from './caller.ts'

export const stock: ToolSpec = {
  name: 'stock',
  parameters: { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] },
}

/** Which items are asked for in each turn of the model; then it tells the total. */
const steps: readonly (readonly string[])[] = [['apples'], ['pears', 'plums'], ['figs']]

/** What is there of each item: the answers of the tool. */
export const stocks: Readonly<Record<string, number>> = { apples: 3, pears: 20, plums: 100, figs: 4_000 }
export const total = 'In all: 4123'
export const twice = 'Twice that: 8246'

/** A call as one provider got it: which of its own states came back. */
export interface Seen {
  readonly dialect: Dialect
  readonly states: readonly string[]
}

export interface Bookkeeper {
  readonly answerer: Answerer
  readonly seen: readonly Seen[]
  /** The states that a dialect has signed so far. */
  signedBy(dialect: Dialect): readonly string[]
}

/** Thinking is signed as each provider does it; Anthropic's second turn is redacted as well. */
export function createBookkeeper(): Bookkeeper {
  const seen: Seen[] = []
  const signed: { readonly dialect: Dialect; readonly state: string }[] = []
  const sign = (dialect: Dialect, what: string): string => {
    const state = Buffer.from(`${dialect} ${what} ${signed.length}`).toString('base64')
    signed.push({ dialect, state })
    return state
  }
  return {
    seen,
    signedBy: (dialect) => signed.filter((one) => one.dialect === dialect).map(({ state }) => state),
    answerer(request) {
      const { messages } = request
      const dialect = wireOf(request.dialect)
      seen.push({ dialect, states: statesIn(messages) })
      const said = next(messages)
      const calls = said.items.map((item, at) => callFor(item, messages.length, at))
      return reply(request, { ...said, calls }, (what) => sign(dialect, what))
    },
  }
}

/** Both dialects of OpenAI sign nothing here. */
export const wireOf = (dialect: Dialect): Dialect => (dialect === 'responses' ? 'openai' : dialect)

interface Said {
  readonly text: string
  readonly items: readonly string[]
}

function next(messages: readonly Message[]): Said {
  const items = messages.flatMap((message) =>
    message.role === 'assistant' ? message.toolCalls.map(itemOf) : [],
  )
  const counts = messages.flatMap((message) =>
    message.role === 'tool' ? [Number(textOf(message.content))] : [],
  )
  const due = steps.flat()
  if (items.join() !== due.slice(0, items.length).join() || counts.length !== items.length)
    return { text: `The books are lost: ${items.join()} gave ${counts.join()}`, items: [] }
  const sum = counts.reduce((all, one) => all + one, 0)
  const last = messages.at(-1)
  if (last?.role === 'user' && items.length === due.length)
    return { text: `Twice that: ${2 * sum}`, items: [] }
  if (items.length === due.length) return { text: `In all: ${sum}`, items: [] }
  const isAt = steps.findIndex((_step, at) => steps.slice(0, at).flat().length === items.length)
  return { text: '', items: steps[isAt] ?? [] }
}

const itemOf = ({ arguments: json }: ToolCall): string => String(JSON.parse(json).item)
const textOf = (content: readonly ContentPart[]) =>
  content.map((part) => (part.kind === 'text' ? part.text : '')).join('')

const callFor = (item: string, turn: number, at: number): ToolCall => ({
  id: `call_${turn}_${at}`,
  name: stock.name,
  arguments: JSON.stringify({ item }),
})

type Sign = (what: string) => string

function reply(
  request: ChatRequest,
  { text, calls }: { readonly text: string; readonly calls: readonly ToolCall[] },
  sign: Sign,
): Omit<Reply, 'id' | 'createdAtS'> {
  const { model } = request
  const dialect = wireOf(request.dialect)
  const thought: ContentPart = { kind: 'reasoning', text: 'Let me see what is there.', from: dialect }
  const content: ContentPart[] = [
    dialect === 'anthropic' ? { ...thought, signature: sign('thought') } : thought,
    ...(dialect === 'anthropic' && calls.length > 1
      ? [{ kind: 'reasoning', text: '', redacted: sign('redacted'), from: dialect } as const]
      : []),
    ...(text === '' ? [] : [{ kind: 'text', text } as const]),
    ...(dialect === 'gemini' && calls.length === 0
      ? [{ kind: 'reasoning', text: '', redacted: sign('text'), from: dialect } as const]
      : []),
  ]
  const choice: Choice = {
    index: 0,
    content,
    toolCalls: calls.map((call, at) =>
      dialect === 'gemini' && at === 0 ? { ...call, signature: sign('call'), from: dialect } : call,
    ),
    finish: calls.length > 0 ? 'tool_calls' : 'stop',
  }
  return { model, choices: [choice], usage: { input: 10, output: 5 }, unsupported: [] }
}

/** Signatures and redacted thinking anywhere in the conversation, in their order. */
function statesIn(messages: readonly Message[]): readonly string[] {
  return messages.flatMap((message) => {
    if (message.role !== 'assistant') return []
    const thoughts = message.content.flatMap((part) =>
      part.kind === 'reasoning' ? [part.signature, part.redacted] : [],
    )
    const calls = message.toolCalls.map(({ signature }) => signature)
    return [...thoughts, ...calls].flatMap((state) =>
      state === undefined || state === unsigned ? [] : [state],
    )
  })
}
