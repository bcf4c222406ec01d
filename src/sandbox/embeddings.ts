/** Made-up vectors that depend on nothing but the text and the model: texts that share words come out near each other. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import { isRecord } from '../base/text.ts'
import { readEmbeddings } from '../gateway/adapters/embeddings/read-request.ts'
import { estimateTokens, writeEmbeddings } from '../gateway/adapters/embeddings/write-reply.ts'
import type { Dialect } from '../protocol/chat.ts'
import type { EmbeddingInput } from '../protocol/embedding.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'

/** Numbers in a vector where the caller asks for no other count. */
const usualDimensions = 256
/** Places of the vector that one word speaks for. */
const placesPerWord = 8

export interface EmbeddingPlace {
  readonly dialect: Dialect
  /** Gemini's path names the model and whether one text comes or many. */
  readonly model?: string
  readonly single?: boolean
}

export interface WantedVectors {
  readonly model: string
  readonly tokens: number
  /** The answer in the dialect of the place. */
  readonly body: Readonly<Record<string, unknown>>
}

/** Undefined where the path asks for no vectors. */
export function embeddingPlace(path: string): EmbeddingPlace | undefined {
  if (path.endsWith('/embeddings')) return { dialect: 'openai' }
  const gemini = /\/models\/([^/]+):(embedContent|batchEmbedContents)$/.exec(path)
  if (!gemini) return undefined
  return {
    dialect: 'gemini',
    model: decodeURIComponent(gemini[1] ?? ''),
    single: gemini[2] === 'embedContent',
  }
}

export function embedAt(place: EmbeddingPlace, body: unknown): Outcome<WantedVectors, Fault> {
  return place.dialect === 'openai' ? embedOpenai(body) : embedGemini(place, body)
}

function embedOpenai(body: unknown): Outcome<WantedVectors, Fault> {
  const read = readEmbeddings(body)
  if (!read.ok) return read
  const { model, inputs, dimensions } = read.value
  const vectors = inputs.map((input) => simulatedVector(input, model, dimensions))
  const inputTokens = estimateTokens(inputs)
  return done({
    model,
    tokens: inputTokens,
    body: writeEmbeddings({ model, vectors, inputTokens }, read.value),
  })
}

function embedGemini({ model = '', single }: EmbeddingPlace, body: unknown): Outcome<WantedVectors, Fault> {
  const wire = isRecord(body) ? body : {}
  const list: unknown = single ? [wire] : wire['requests']
  if (!Array.isArray(list) || list.length === 0 || !list.every(isRecord))
    return failed(makeFault('invalid_request', 'requests: must be a list with at least one request'))
  const texts = list.map(({ content }) => textOf(content))
  if (!texts.every((text) => text !== undefined))
    return failed(makeFault('invalid_request', 'content: must have parts with texts'))
  const embeddings = list.map(({ outputDimensionality: count }, at) => ({
    values: simulatedVector(texts[at] ?? '', model, typeof count === 'number' ? count : undefined),
  }))
  const tokens = estimateTokens(texts)
  return done({ model, tokens, body: single ? { embedding: embeddings[0] } : { embeddings } })
}

function textOf(content: unknown): string | undefined {
  const parts: unknown = isRecord(content) ? content['parts'] : undefined
  if (!Array.isArray(parts)) return undefined
  return parts
    .map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join(' ')
}

/** Of length 1. The same text has another vector in another model. */
export function simulatedVector(
  input: EmbeddingInput,
  model: string,
  dimensions = usualDimensions,
): readonly number[] {
  const vector = new Array<number>(dimensions).fill(0)
  const words = typeof input === 'string' ? input.toLowerCase().split(/\s+/) : input.map(String)
  for (const word of words) {
    let state = hashOf(`${model}\n${word}`)
    for (let place = 0; place < placesPerWord; place += 1) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0
      const at = state % dimensions
      vector[at] = (vector[at] ?? 0) + ((state >>> 16) % 2 === 0 ? 1 : -1)
    }
  }
  const length = Math.hypot(...vector)
  if (length === 0) return vector.map((_, at) => (at === 0 ? 1 : 0))
  return vector.map((number) => Math.fround(number / length))
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
