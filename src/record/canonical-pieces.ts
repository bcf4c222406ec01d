/** The canonical form of a long conversation in pieces of bounded size, which together are `canonical` of it. */

import type { ChatRequest } from '../protocol/chat.ts'
import { messageText, normal } from './prompt-hash.ts'

/** UTF-16 units of a piece, about. */
const pieceUnits = 524_288

/** Units of all texts of the conversation. */
export function conversationUnits({ messages }: ChatRequest): number {
  let units = 0
  for (const { content } of messages)
    for (const part of content) {
      if (part.kind === 'text' || part.kind === 'reasoning') units += part.text.length
      else if (part.kind === 'audio') units += part.data.length
      else units += part.source.kind === 'url' ? part.source.url.length : part.source.data.length
    }
  return units
}

export function* canonicalPieces({ messages }: ChatRequest): Generator<string> {
  let before = '['
  for (const message of messages) {
    yield `${before}[${JSON.stringify(message.role)},"`
    // Outer white space goes before the text is cut, so that no piece has any of it.
    for (const piece of pieces(messageText(message).trim()))
      yield JSON.stringify(normalInside(piece)).slice(1, -1)
    const calls = message.role === 'assistant' ? message.toolCalls : []
    yield `"${calls.map((call) => `,${JSON.stringify([call.name, call.arguments])}`).join('')}]`
    before = ','
  }
  yield messages.length === 0 ? '[]' : ']'
}

/** As `normal`, for a piece whose ends are not the text's. */
function normalInside(piece: string): string {
  const marked = normal(`.${piece}.`)
  return marked.slice(1, -1)
}

/** Cut only before characters that are the same whatever stands before them: no accent, no half of a pair, no LF after CR. */
function* pieces(text: string): Generator<string> {
  let from = 0
  while (text.length - from > pieceUnits) {
    let to = from + pieceUnits
    while (to < text.length && !isSeam(text.charCodeAt(to))) to += 1
    yield text.slice(from, to)
    from = to
  }
  yield text.slice(from)
}

const isSeam = (code: number) => (code < 0x80 && code !== 0x0a) || (code >= 0x4e00 && code <= 0x9fff)
