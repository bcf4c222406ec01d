/** Identifiers: unguessable, and sortable by the time they were made. */

import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
/** Two characters for each 10 bits. */
const pairs = Array.from({ length: 1_024 }, (_, bits) => `${alphabet[bits >> 5]}${alphabet[bits & 31]}`)
const pool = new Uint16Array(2_048)
let used = pool.length

/** 80 random bits as 16 characters, drawn from a pool so that an id costs no system call. */
function randomPart(): string {
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let text = ''
  for (let at = used; at < used + 8; at += 1) text += pairs[(pool[at] ?? 0) & 1_023]
  used += 8
  return text
}

/** Many ids are made within one millisecond. */
let timed = { ms: -1, text: '' }

function timePart(ms: number): string {
  if (ms === timed.ms) return timed.text
  let rest = ms
  let text = ''
  for (let i = 0; i < 10; i += 1) {
    text = alphabet[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  timed = { ms, text }
  return text
}

/** `prefix_` + 10 characters of time in ms + 16 random characters; later ids sort after earlier ones. */
export const makeId = (prefix: string, wallMs: number): string =>
  `${prefix}_${timePart(Math.floor(wallMs))}${randomPart()}`
