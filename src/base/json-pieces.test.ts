import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isWide, jsonPieces } from './json-pieces.ts'

const rows: readonly (readonly [name: string, value: Record<string, unknown>])[] = [
  ['nothing', {}],
  ['no lists', { model: 'm', stream: true, stop: null }],
  ['a list of as many as are written at once', { messages: [1, 2, 3] }],
  ['a list of one more', { messages: [1, 2, 3, 4] }],
  ['a list of twice as many', { messages: [1, 2, 3, 4, 5, 6], model: 'm' }],
  [
    'what JSON has no word for',
    { gone: undefined, list: [undefined, 1, Number.NaN, () => 1], also: Symbol('x') },
  ],
  ['only what JSON has no word for', { gone: undefined }],
  ['lists in lists are written whole', { messages: [[1, 2, 3, 4, 5], { content: [1, 2, 3, 4, 5] }] }],
]
for (const [name, value] of rows)
  test(`json in pieces: ${name}`, () =>
    assert.equal([...jsonPieces(value, 3)].join(''), JSON.stringify(value)))

test('json in pieces: whatever the object', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()))), (value) => {
      assert.equal([...jsonPieces(value, 2)].join(''), JSON.stringify(value))
    }),
    { numRuns: 200 },
  )
})

test('json in pieces: no piece holds more items than were asked for', () => {
  const items = [...jsonPieces({ list: Array.from({ length: 10 }, () => 'x') }, 4)].map(
    (piece) => piece.split('"x"').length - 1,
  )
  assert.deepEqual(items, [0, 4, 4, 2, 0, 0])
})

test('wide is what has a list longer than that', () => {
  assert.equal(isWide({ a: [1, 2, 3], b: { c: [1, 2, 3, 4] } }, 3), false)
  assert.equal(isWide({ a: 1, b: [1, 2, 3, 4] }, 3), true)
})
