/** Requests that carry an `Idempotency-Key`: one runs, and whoever sends it again gets the same answer. */

import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../base/clock.ts'
import { isRecord, parseJson } from '../../base/text.ts'
import type { SentAnswer } from '../send-answer.ts'

export type Begun =
  /** Nobody sent it before: run it, and say how it ended. */
  | { readonly kind: 'run'; finish(answer: SentAnswer): void; abandon(): void }
  | { readonly kind: 'replay'; readonly answer: SentAnswer }
  | { readonly kind: 'running' }
  /** The key was used for another request. */
  | { readonly kind: 'mismatch' }

export interface Idempotency {
  /** `digest` tells two requests apart. */
  begin(name: string, digest: string): Promise<Begun>
}

/** What processes share; nothing in it throws, and it may not answer. */
export interface SharedNotes {
  /** Writes where nothing stands yet: undefined where it was written, else what stands there; `away` without an answer. */
  claim(name: string, text: string, forMs: number): Promise<{ readonly stands?: string } | 'away'>
  write(name: string, text: string, forMs: number): void
  remove(name: string): void
}

export interface IdempotencyParts {
  readonly clock: Clock
  /** The longest a request may run, ms. */
  readonly longestMs: () => number
  readonly shared?: SharedNotes | undefined
  /** Bytes of answers kept in memory. */
  readonly maxBytes?: number
}

interface Note {
  readonly digest: string
  /** Absent while it runs. */
  readonly answer?: SentAnswer
  /** Ms since 1970. */
  readonly untilMs: number
}

export const keptForMs = 86_400_000
const graceMs = 60_000
const defaultMaxBytes = 67_108_864
/** Larger answers are not kept: sent again, the request runs again. */
export const largestAnswer = 4_194_304

export function createIdempotency(parts: IdempotencyParts): Idempotency {
  const { clock, longestMs, shared, maxBytes = defaultMaxBytes } = parts
  const notes = new LRUCache<string, Note>({
    maxSize: maxBytes,
    sizeCalculation: ({ answer }, name) => name.length + 200 + (answer?.body.length ?? 0),
  })
  const runNew = (name: string, digest: string): Begun => ({
    kind: 'run',
    finish(answer) {
      if (answer.body.length > largestAnswer) return this.abandon()
      const note: Note = { digest, answer, untilMs: clock.wallMs() + keptForMs }
      notes.set(name, note)
      shared?.write(name, JSON.stringify(note), keptForMs)
    },
    abandon() {
      notes.delete(name)
      shared?.remove(name)
    },
  })
  return {
    async begin(name, digest) {
      const known = notes.get(name)
      if (known && known.untilMs > clock.wallMs()) return answerTo(known, digest)
      const forMs = longestMs() + graceMs
      const note: Note = { digest, untilMs: clock.wallMs() + forMs }
      // Noted before anybody is asked, so that two at once in this process never both run.
      notes.set(name, note)
      const claimed = shared ? await shared.claim(name, JSON.stringify(note), forMs) : 'away'
      if (claimed === 'away' || claimed.stands === undefined) return runNew(name, digest)
      const other = readNote(claimed.stands)
      if (other === undefined) return runNew(name, digest)
      if (other.answer) notes.set(name, other)
      else notes.delete(name)
      return answerTo(other, digest)
    },
  }
}

function answerTo({ digest, answer }: Note, asked: string): Begun {
  if (digest !== asked) return { kind: 'mismatch' }
  return answer ? { kind: 'replay', answer } : { kind: 'running' }
}

function readNote(text: string): Note | undefined {
  const value = parseJson(text)
  return isRecord(value) && typeof value['digest'] === 'string' ? (value as unknown as Note) : undefined
}

/** The header's value, where it can be one: printable, at most 255 characters. */
export function readIdempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\x20-\x7e]{1,255}$/.test(header) ? header : undefined
}

/** A tenant's keys are its own; what a key is cannot be read off its name. */
export function idempotencyName(tenant: string, key: string): string {
  return `${tenant}:${hash('sha256', key, 'hex')}`
}
