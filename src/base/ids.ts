/** Identifiers: unguessable, and sortable by the time they were made. */

import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const pool = new Uint8Array(4_096)
let used = pool.length

/** 80 random bits as 16 characters, drawn from a pool so that an id costs no system call. */
function randomPart(): string {
  if (used + 16 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let text = ''
  for (let at = used; at < used + 16; at += 1) text += alphabet[(pool[at] ?? 0) & 31]
  used += 16
  return text
}

/** `prefix_` + 10 characters of time in ms + 16 random characters; later ids sort after earlier ones. */
export function makeId(prefix: string, wallMs: number): string {
  let rest = Math.floor(wallMs)
  let time = ''
  for (let i = 0; i < 10; i += 1) {
    time = alphabet[rest % 32] + time
    rest = Math.floor(rest / 32)
  }
  return `${prefix}_${time}${randomPart()}`
}
