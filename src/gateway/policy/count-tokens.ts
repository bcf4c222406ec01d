/** Counts the tokens of a request with a tokenizer, in slices that keep the tokenizer quick and the process free. */

import { partsPair } from '../../base/text.ts'
import type { ChatRequest, Message } from '../../protocol/chat.ts'
import { mediaTokens } from './estimate-usage.ts'

/** Tokens of a text; the time it takes may grow with the square of unbroken text. */
export type Tokenizer = (text: string) => number

export interface Counting {
  readonly tokenizer: Tokenizer
  /** Lets other work go on; called after every few slices. */
  readonly pause: () => Promise<void>
}

/** Bytes of UTF-8 in one slice. */
const sliceBytes = 2_048
/** Every character of a slice that is not ASCII may take three bytes. */
const sliceCharacters = Math.floor(sliceBytes / 3)
const slicesBetweenPauses = 4
/** Texts of more bytes are estimated from their beginning. */
const countedBytes = 262_144
const sampleCharacters = 65_536
/** What a chat format puts around each message, and before the answer. */
const tokensPerMessage = 4
const tokensForAnswer = 3

/** Exact for no model: formats differ, and so do tokenizers. Pictures and files count 1,000 each. */
export async function countRequestTokens(request: ChatRequest, counting: Counting): Promise<number> {
  const { text, media } = textOf(request)
  const tokens = await countTokens(text, counting)
  return tokens + media * mediaTokens + request.messages.length * tokensPerMessage + tokensForAnswer
}

/** Counted up to 262,144 bytes; beyond, the share of tokens in the first 65,536 is taken for the whole. */
export async function countTokens(text: string, { tokenizer, pause }: Counting): Promise<number> {
  const isCounted = Buffer.byteLength(text) <= countedBytes
  const counted = isCounted ? text : text.slice(0, sampleCharacters)
  let tokens = 0
  let slices = 0
  for (const slice of slicesOf(counted)) {
    tokens += tokenizer(slice)
    slices += 1
    if (slices % slicesBetweenPauses === 0) await pause()
  }
  return isCounted ? tokens : Math.ceil((tokens / counted.length) * text.length)
}

/** At most 2 kB each, cut before a space where there is one, never inside a character; joined they are the text. */
export function* slicesOf(text: string): Generator<string> {
  let from = 0
  while (from < text.length) {
    const to = sliceEnd(text, from)
    yield text.slice(from, to)
    from = to
  }
}

function sliceEnd(text: string, from: number): number {
  const wide = text.slice(from, from + sliceBytes)
  const length = /^[\0-\x7f]*$/.test(wide) ? sliceBytes : sliceCharacters
  const end = from + length
  if (end >= text.length) return text.length
  const space = text.lastIndexOf(' ', end)
  if (space > from) return space
  return partsPair(text, end) ? end - 1 : end
}

function textOf({ messages, tools }: ChatRequest): { readonly text: string; readonly media: number } {
  const texts: string[] = []
  let media = 0
  for (const message of messages) {
    for (const part of message.content) {
      if (part.kind === 'text' || part.kind === 'reasoning') texts.push(part.text)
      else media += 1
    }
    texts.push(...callsOf(message))
  }
  for (const tool of tools) texts.push(JSON.stringify(tool))
  return { text: texts.join('\n'), media }
}

const callsOf = (message: Message): readonly string[] =>
  message.role === 'assistant' ? message.toolCalls.flatMap((call) => [call.name, call.arguments]) : []
