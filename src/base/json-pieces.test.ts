import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isLarge, jsonPieces } from './json-pieces.ts'

const limits = { items: 3, units: 4 }
const rows: readonly (readonly [name: string, value: unknown])[] = [
  ['nothing', {}],
  ['small', { a: 'm', b: true, c: null, d: 1.5 }],
  ['a list of as many as are written at once', { list: [1, 2, 3] }],
  ['a list of one more', { list: [1, 2, 3, 4] }],
  ['a list of twice as many, and what follows', { list: [1, 2, 3, 4, 5, 6], a: 'm' }],
  ['a large item among small ones', { list: [1, 'abcdefgh', 2, ['abcdefgh'], 3, 4, 5, 6] }],
  ['a large item first and last', [['abcdefgh'], 1, { a: 'abcdefgh' }]],
  ['fields that are absent', { a: undefined, text: 'abcdefgh', b: undefined, list: [1, undefined, 2, 3, 4] }],
  ['a text with signs to escape', { text: 'a"b\nc\\d\u0000e\u2028f' }],
  ['pairs at each place of a cut', ['😀😀😀😀😀', 'a😀😀😀😀', 'ab😀😀😀😀', 'abc😀😀😀']],
  ['halves of pairs', ['abc\ud83d', 'abc\ud83dx', '\ude00abcdef', 'abc\ud83d\ud83d\ude00']],
]
for (const [name, value] of rows)
  test(`json in pieces: ${name}`, () =>
    assert.equal([...jsonPieces(value, limits)].join(''), JSON.stringify(value)))

test('json in pieces: whatever the value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }), (value) => {
      assert.equal([...jsonPieces(value, limits)].join(''), JSON.stringify(value))
    }),
    { numRuns: 300 },
  )
})

test('json in pieces: no piece is larger than was asked for', () => {
  const list = Array.from({ length: 10 }, () => 'x')
  const text = 'y'.repeat(21)
  for (const piece of jsonPieces({ list, text }, limits)) {
    assert.ok(piece.split('"x"').length - 1 <= limits.items, piece)
    assert.ok(piece.split('y').length - 1 <= limits.units, piece)
  }
})

test('large is what has a long list or text anywhere', () => {
  assert.equal(isLarge({ a: [1, 2, 3], b: { c: ['abcd'] } }, limits), false)
  for (const large of [{ a: { b: [1, 2, 3, 4] } }, { a: [{ b: 'abcde' }] }, 'abcde', [1, 2, 3, 4]])
    assert.equal(isLarge(large, limits), true)
})
