import assert from 'node:assert/strict'
import { test } from 'node:test'
import { truncate } from './text.ts'

const rows: readonly [name: string, text: string, limit: number, expected: string][] = [
  ['short text stays', 'abc', 3, 'abc'],
  ['a cut ends with an ellipsis inside the limit', 'abcd', 3, 'ab…'],
  ['never half a character', 'ab🙂cd', 4, 'ab…'],
  ['a whole character fits', 'ab🙂cd', 5, 'ab🙂…'],
  ['room for the ellipsis alone', 'abcd', 1, '…'],
  ['no room at all', 'abcd', 0, ''],
]
for (const [name, text, limit, expected] of rows) {
  test(`truncate: ${name}`, () => assert.equal(truncate(text, limit), expected))
}
