/** Opaque state of other dialects, carried inside what Anthropic's clients return unchanged: the signature of a thinking block. */

import type { Dialect } from '../../../protocol/chat.ts'

export interface State {
  readonly signature: string
  readonly from: Dialect
}

const marked = /^adaptive\.(openai|gemini)\.(.*)$/s

/** A signature of Anthropic's own goes as it is. */
export function writeSignature({ signature, from }: State): string {
  return from === 'anthropic' ? signature : `adaptive.${from}.${signature}`
}

export function readSignature(wire: string): State {
  const [, from, signature] = marked.exec(wire) ?? []
  return (from === 'openai' || from === 'gemini') && signature !== undefined
    ? { signature, from }
    : { signature: wire, from: 'anthropic' }
}

/** True for a signature that Anthropic itself would not know. */
export const isForeign = (wire: string) => marked.test(wire)
