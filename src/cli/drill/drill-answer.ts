/** The answer every simulated provider of a drill gives, also where it is asked to go on with it. */

import type { ChatRequest, ContentPart } from '../../protocol/chat.ts'
import type { Answerer } from '../../sandbox/answerer.ts'

/** 60 words, so that a stream can be cut well within it. */
export const drillText = Array.from({ length: 60 }, (_, at) => `word${at + 1}`).join(' ')

export const drillAnswer: Answerer = (request) => ({
  model: request.model,
  choices: [{ index: 0, content: [{ kind: 'text', text: rest(request) }], toolCalls: [], finish: 'stop' }],
  usage: { input: 10, output: 60 },
  unsupported: [],
})

/** What is left to say behind the words an assistant message already holds. */
function rest({ messages }: ChatRequest): string {
  const said = textOf(messages.findLast(({ role }) => role === 'assistant')?.content ?? [])
  return said !== '' && drillText.startsWith(said) ? drillText.slice(said.length).trimStart() : drillText
}

const textOf = (content: readonly ContentPart[]) =>
  content.map((part) => (part.kind === 'text' ? part.text : '')).join('')
