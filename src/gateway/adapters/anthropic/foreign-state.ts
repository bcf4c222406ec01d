/** Opaque state of other dialects, carried inside what Anthropic's clients return unchanged: the signature of a thinking block, the data of a redacted one. */

import { type Dialect, dialects, isDialect } from '../../../protocol/chat.ts'

export interface State {
  readonly signature: string
  readonly from: Dialect
}

export interface RedactedState {
  readonly redacted: string
  readonly from: Dialect
}

const others = dialects.filter((dialect) => dialect !== 'anthropic')
const marked = new RegExp(`^adaptive\\.(${others.join('|')})\\.(.*)$`, 's')

/** A signature of Anthropic's own goes as it is. */
export function writeSignature({ signature, from }: State): string {
  return from === 'anthropic' ? signature : `adaptive.${from}.${signature}`
}

export function readSignature(wire: string): State {
  const [, from, signature] = marked.exec(wire) ?? []
  return isDialect(from) && signature !== undefined
    ? { signature, from }
    : { signature: wire, from: 'anthropic' }
}

export function writeRedacted({ redacted, from }: RedactedState): string {
  return writeSignature({ signature: redacted, from })
}

export function readRedacted(wire: string): RedactedState {
  const { signature: redacted, from } = readSignature(wire)
  return { redacted, from }
}

/** True for a state that Anthropic itself would not know. */
export const isForeign = (wire: string) => marked.test(wire)
