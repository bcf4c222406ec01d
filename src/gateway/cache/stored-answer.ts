/** An answer as the cache keeps it: as bytes, which say by their length what they cost, and which nobody can change. */

import { isRecord, parseJson } from '../../base/text.ts'
import type { Reply, StreamPart, Usage } from '../../protocol/reply.ts'

/** A piece of a stream as it was sent; `raw` is the provider's own text. */
export interface StoredChunk {
  readonly raw?: string
  readonly parts: readonly StreamPart[]
}

export type StoredBody =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly raw?: string }
  | { readonly kind: 'stream'; readonly chunks: readonly StoredChunk[] }

export interface StoredAnswer {
  /** Ms since 1970. */
  readonly storedAtMs: number
  /** From then on it is stale; ms since 1970. */
  readonly freshUntilMs: number
  readonly provider: string
  readonly model: string
  readonly simulated: boolean
  readonly dropped: readonly string[]
  readonly usage?: Usage
  /** The ledger's hash of the text. */
  readonly responseHash: string
  readonly body: StoredBody
}

/** Grows with the form of what is kept: another version's bytes are no answer. */
const version = 1

export function encodeAnswer(answer: StoredAnswer): Buffer {
  return Buffer.from(JSON.stringify({ version, ...answer }), 'utf8')
}

/** Undefined where the bytes are not an answer of this version. */
export function decodeAnswer(bytes: Buffer): StoredAnswer | undefined {
  const value = parseJson(bytes.toString('utf8'))
  if (!isRecord(value) || value['version'] !== version) return undefined
  const { body, freshUntilMs, storedAtMs, provider, model } = value
  const isWhole =
    typeof freshUntilMs === 'number' &&
    typeof storedAtMs === 'number' &&
    typeof provider === 'string' &&
    typeof model === 'string' &&
    isRecord(body) &&
    (body['kind'] === 'reply' ? isRecord(body['reply']) : Array.isArray(body['chunks']))
  return isWhole ? (value as unknown as StoredAnswer) : undefined
}

/** Only what is whole and successful is kept: each choice ended by itself, called no tool and refused nothing. */
export function isKeepable(body: StoredBody): boolean {
  if (body.kind === 'reply')
    return (
      body.reply.choices.length > 0 &&
      body.reply.unsupported.length === 0 &&
      body.reply.choices.every(
        ({ finish, toolCalls, refusal }) =>
          finish === 'stop' && toolCalls.length === 0 && refusal === undefined,
      )
    )
  const parts = body.chunks.flatMap((chunk) => chunk.parts)
  const finishes = parts.filter((part) => part.kind === 'finish')
  return (
    parts.at(-1)?.kind === 'end' &&
    finishes.length > 0 &&
    finishes.every((part) => part.reason === 'stop') &&
    !parts.some(({ kind }) => spoiling.has(kind))
  )
}

/** `adaptive`: two models spoke. */
const spoiling: ReadonlySet<StreamPart['kind']> = new Set([
  'tool_call',
  'refusal',
  'broken',
  'adaptive',
  'unsupported',
])

/** The text of all choices, in order; at most `limit` characters of it. */
export function textOf(body: StoredBody, limit = Number.POSITIVE_INFINITY): string {
  let text = ''
  if (body.kind === 'reply')
    text = body.reply.choices
      .map(({ content }) => content.map((part) => (part.kind === 'text' ? part.text : '')).join(''))
      .join('\n')
  else
    for (const { parts } of body.chunks) {
      if (text.length >= limit) break
      for (const part of parts) if (part.kind === 'text') text += part.text
    }
  return text.slice(0, limit)
}
