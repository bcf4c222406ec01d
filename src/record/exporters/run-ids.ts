/** Ids as other systems want them, made from ours so that the same run always has the same. */

import { createHash } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

/** 32 hex digits; an id that is one already stays. */
export function traceHex(traceId: string): string {
  const plain = traceId.replaceAll('-', '').toLowerCase()
  return /^[0-9a-f]{32}$/.test(plain) ? plain : digest(`trace ${traceId}`).slice(0, 32)
}

/** 16 hex digits. */
export function spanHex(traceId: string, id: string): string {
  return /^[0-9a-f]{16}$/.test(id) ? id : digest(`span ${traceId} ${id}`).slice(0, 16)
}

/** A UUID (version 8: by a rule of our own); an id that is one already stays. */
export function uuidOf(traceId: string, id: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id)) return id
  const hex = digest(`run ${traceId} ${id}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
