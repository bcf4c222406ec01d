/** Answers as a provider of OpenAI's dialect would send them, in words that tell who said them and in which place. */

import type { Usage } from '../../../src/protocol/reply.ts'
import type { GoingOn, Speech } from './scene.ts'

export interface FullAnswer {
  readonly call: number
  readonly model: string
  /** The text, in the pieces of a stream. */
  readonly pieces: readonly string[]
  /** Words of the whole answer, those included that another call said before. */
  readonly total: number
  readonly usage: Usage
}

export interface Speaker {
  readonly call: number
  readonly model: string
  readonly request: string
  readonly speech: Speech
  /** Spreads the cuts of the pieces, in [0, 1). */
  readonly chance: number
  /** What was said already, where the call is asked to go on, and how the model does it. */
  readonly resumes?: { readonly said: string; readonly goingOn: GoingOn }
}

/** What the speaker would say were nothing to come between. */
export function fullAnswer(speaker: Speaker): FullAnswer {
  const { call, model, resumes } = speaker
  const said = resumes?.said ?? ''
  const total = Math.max(wordCount(speaker), wordsIn(said).length)
  const text = resumes ? goOn(speaker, resumes, total) : textUpTo(voiceOf(speaker), 0, total)
  const pieces = cutUp(text, speaker)
  return { call, model, pieces, total, usage: { input: 100 + call, output: pieces.length } }
}

const voiceOf = ({ speech, request, call }: Speaker) => (speech.voice === 'same' ? request : `c${call}`)

/** As many as the request wants, whoever answers. */
function wordCount({ request }: Speaker): number {
  return 3 + ([...request].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 4)
}

const word = (voice: string, at: number) => `${voice}w${at}${at === 1 ? 'é漢🙂' : ''}`

function textUpTo(voice: string, from: number, to: number): string {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => word(voice, from + at)).join(' ')
}

/** In the same words: from the exact character. In its own: with the next word. */
function goOn(speaker: Speaker, { said, goingOn }: NonNullable<Speaker['resumes']>, total: number): string {
  const voice = voiceOf(speaker)
  const whole = textUpTo(voice, 0, total)
  if (speaker.speech.voice === 'same') {
    const rest = whole.startsWith(said) ? whole.slice(said.length) : ' ?'
    if (goingOn === 'repeats') return said + rest
    return goingOn === 'plain' && speaker.speech.cut === 'after' ? rest.trimStart() : rest
  }
  const rest = textUpTo(voice, wordsIn(said).length, total)
  if (rest === '') return goingOn === 'repeats' ? said : ''
  if (goingOn === 'repeats') return `${said} ${rest}`
  return goingOn === 'plain' && speaker.speech.cut === 'after' ? rest : ` ${rest}`
}

function cutUp(text: string, { speech, chance }: Speaker): readonly string[] {
  if (text === '') return []
  if (speech.cut === 'after') return text.split(/(?<= )/)
  if (speech.cut === 'before') return text.split(/(?= )/)
  const letters = [...text]
  const size = 1 + Math.floor(chance * 7)
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, at) =>
    letters.slice(at * size, (at + 1) * size).join(''),
  )
}

/** Words of a text, each with its place; undefined where it is no word of an answer. */
export function wordsIn(text: string): readonly { readonly voice: string; readonly at: number }[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const found = /^(\S+?)w(\d+)(é漢🙂)?$/.exec(part)
      const at = Number(found?.[2] ?? -1)
      return { voice: found?.[1] ?? '', at: (found?.[3] !== undefined) === (at === 1) ? at : -1 }
    })
}

export const textOf = ({ pieces }: FullAnswer) => pieces.join('')

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

/** Events of the streamed answer: a preamble, one for each piece, the finish, usage, and the terminator. */
export function streamEvents(answer: FullAnswer): readonly string[] {
  const event = (choices: readonly object[], rest: object = {}) =>
    `data: ${JSON.stringify({ id: `c${answer.call}`, object: 'chat.completion.chunk', created: 1, model: answer.model, choices, ...rest })}\n\n`
  const delta = (content: object, finish: string | null = null) =>
    event([{ index: 0, delta: content, finish_reason: finish }])
  return [
    delta({ role: 'assistant', content: '' }),
    ...answer.pieces.map((content) => delta({ content })),
    delta({}, 'stop'),
    event([], { usage: wireUsage(answer) }),
    'data: [DONE]\n\n',
  ]
}

/** Index of the event that carries the finish reason. */
export const finishAt = ({ pieces }: FullAnswer) => pieces.length + 1

export function errorBody(code: string): string {
  return JSON.stringify({ error: { message: `scripted: ${code}`, type: code, code } })
}
