/** Identifiers: unguessable, and sortable by the time they were made. */

import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const codes = Buffer.from(alphabet)
/** Random bytes that wait: each draw is a system call. */
const pool = new Uint8Array(4_096)
let used = pool.length

/** 80 random bits as 16 characters. Made in one call: of texts put together one by one V8 makes a tree, which whoever reads it has to walk. */
function randomPart(): string {
  if (used + 16 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const from = used
  used += 16
  const at = (n: number) => codes[(pool[from + n] ?? 0) & 31] ?? 0
  // biome-ignore format: in two lines it is seen that there are 16
  return String.fromCharCode(
    at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7),
    at(8), at(9), at(10), at(11), at(12), at(13), at(14), at(15),
  )
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
  [prefix, '_', timePart(Math.floor(wallMs)), randomPart()].join('')
