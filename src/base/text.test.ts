import assert from 'node:assert/strict'
import { test } from 'node:test'
import { truncate } from './text.ts'

const rows: readonly [name: string, text: string, limit: number, expected: string][] = [
  ['short text stays', 'abc', 3, 'abc'],
  ['a cut ends with an ellipsis inside the limit', 'abcdef', 5, 'ab...'],
  ['never half a character', 'ab🙂cdef', 6, 'ab...'],
  ['a whole character fits', 'ab🙂cdef', 7, 'ab🙂...'],
  ['room for a part of the ellipsis alone', 'abcd', 2, '..'],
  ['no room at all', 'abcd', 0, ''],
]
for (const [name, text, limit, expected] of rows) {
  test(`truncate: ${name}`, () => assert.equal(truncate(text, limit), expected))
}
