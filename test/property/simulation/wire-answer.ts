/** Answers as a provider of OpenAI's dialect would send them, with a text that tells which call it came from. */

import type { Usage } from '../../../src/protocol/reply.ts'

export interface FullAnswer {
  readonly call: number
  readonly model: string
  readonly words: readonly string[]
  readonly usage: Usage
}

export function fullAnswer(call: number, model: string): FullAnswer {
  const words = Array.from({ length: 3 + (call % 4) }, (_, at) => `c${call}w${at}${at === 1 ? 'é漢🙂' : ''} `)
  return { call, model, words, usage: { input: 100 + call, output: words.length } }
}

export const textOf = ({ words }: FullAnswer) => words.join('')

const wireUsage = ({ usage }: FullAnswer) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
})

export function wholeBody(answer: FullAnswer): string {
  const message = { role: 'assistant', content: textOf(answer) }
  return JSON.stringify({
    id: `c${answer.call}`,
    object: 'chat.completion',
    created: 1,
    model: answer.model,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: wireUsage(answer),
  })
}

/** Events of the streamed answer: a preamble, one for each word, the finish, usage, and the terminator. */
export function streamEvents(answer: FullAnswer): readonly string[] {
  const event = (choices: readonly object[], rest: object = {}) =>
    `data: ${JSON.stringify({ id: `c${answer.call}`, object: 'chat.completion.chunk', created: 1, model: answer.model, choices, ...rest })}\n\n`
  const delta = (content: object, finish: string | null = null) =>
    event([{ index: 0, delta: content, finish_reason: finish }])
  return [
    delta({ role: 'assistant', content: '' }),
    ...answer.words.map((content) => delta({ content })),
    delta({}, 'stop'),
    event([], { usage: wireUsage(answer) }),
    'data: [DONE]\n\n',
  ]
}

/** Index of the event that carries the finish reason. */
export const finishAt = ({ words }: FullAnswer) => words.length + 1

/** Call numbers of the words in a text, in order, without repeats in a row. */
export function callsIn(text: string): readonly number[] {
  const calls = [...text.matchAll(/c(\d+)w\d+/g)].map(([, call]) => Number(call))
  return calls.filter((call, at) => call !== calls[at - 1])
}

export function errorBody(code: string): string {
  return JSON.stringify({ error: { message: `scripted: ${code}`, type: code, code } })
}
