/** What the parts of a candidate say: text, thoughts, calls, and the names of what we cannot hold. */

import { isRecord } from '../../../base/text.ts'
import { filled } from '../present.ts'

export type Piece =
  | { readonly kind: 'text' | 'thought'; readonly text: string; readonly signature: string | undefined }
  | {
      readonly kind: 'call'
      readonly wire: Readonly<Record<string, unknown>>
      readonly signature: string | undefined
    }
  | { readonly kind: 'unsupported'; readonly name: string }

/** Fields that stand beside a part's data and are not it. */
const beside = new Set(['thought', 'thoughtSignature', 'partMetadata', 'mediaResolution', 'videoMetadata'])
const ofCandidate = ['citationMetadata', 'groundingMetadata', 'urlContextMetadata']

/** Parts that are no objects are left out; a part of an unknown kind is named by its field. */
export function readParts(candidate: Readonly<Record<string, unknown>>): readonly Piece[] {
  const content = isRecord(candidate['content']) ? candidate['content'] : {}
  const parts: unknown[] = Array.isArray(content['parts']) ? content['parts'] : []
  const extras = ofCandidate.filter(
    (name) => isRecord(candidate[name]) && Object.keys(candidate[name]).length > 0,
  )
  return [
    ...parts.filter(isRecord).flatMap(readPart),
    ...extras.map((name): Piece => ({ kind: 'unsupported', name })),
  ]
}

function readPart(part: Record<string, unknown>): Piece[] {
  const signature = filled(part['thoughtSignature'])
  const { text, functionCall } = part
  if (isRecord(functionCall)) return [{ kind: 'call', wire: functionCall, signature }]
  if (typeof text === 'string')
    return [{ kind: part['thought'] === true ? 'thought' : 'text', text, signature }]
  const name = Object.keys(part).find((field) => !beside.has(field))
  // A part of a signature alone belongs to the text before it.
  if (name === undefined) return signature === undefined ? [] : [{ kind: 'text', text: '', signature }]
  return [{ kind: 'unsupported', name }]
}

/** Why the prompt was refused, where it was. */
export function blockReason(body: Readonly<Record<string, unknown>>): string | undefined {
  const feedback = isRecord(body['promptFeedback']) ? body['promptFeedback'] : {}
  const reason = filled(feedback['blockReason'])
  if (reason === undefined || reason === 'BLOCKED_REASON_UNSPECIFIED') return undefined
  const said = filled(feedback['blockReasonMessage'])
  return said === undefined ? reason : `${reason}: ${said}`
}

export function createdAtS(body: Readonly<Record<string, unknown>>): number | undefined {
  const atMs = Date.parse(filled(body['createTime']) ?? '')
  return Number.isNaN(atMs) ? undefined : Math.floor(atMs / 1_000)
}
