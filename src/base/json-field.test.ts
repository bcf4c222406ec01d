import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findersOf } from './json-field.ts'
import { createJsonGauge } from './json-gauge.ts'

const limits = { levels: 10, fields: 100 }

const createFinder = findersOf('model')

function find(...pieces: readonly Uint8Array[]) {
  const finder = createFinder()
  const gauge = createJsonGauge(limits, finder)
  for (const piece of pieces) gauge.push(piece)
  return finder.span()
}

const rows: readonly [name: string, text: string, found: string | undefined][] = [
  ['first', '{"model":"chat","n":1}', '"chat"'],
  ['last, with white space', '{ "n" : [1,{"model":"no"}] , "model" : "chat" }', '"chat"'],
  ['behind characters of several bytes', '{"a":"日本🙂","model":"größe"}', '"größe"'],
  ['with escapes in the text', '{"model":"a\\"b\\\\","n":1}', '"a\\"b\\\\"'],
  ['empty', '{"model":""}', '""'],
  ['a text that is called so', '{"user":"model","n":"model"}', undefined],
  ['only deeper', '{"a":{"model":"chat"},"b":[{"model":"chat"}]}', undefined],
  ['twice', '{"model":"chat","model":"other"}', undefined],
  ['no text', '{"model":1,"user":"chat"}', undefined],
  ['an object', '{"model":{"a":"b"},"user":"chat"}', undefined],
  ['a name with an escape', '{"model":"chat","mod\\u0065l":"other"}', undefined],
  ['not there', '{"models":["chat"],"mode":"l"}', undefined],
]

for (const [name, text, found] of rows)
  test(`JSON field: ${name}`, () => {
    const bytes = Buffer.from(text)
    const shown = (span: ReturnType<typeof find>) => span && bytes.toString('utf8', span.from, span.to)
    assert.equal(shown(find(bytes)), found)
    for (let at = 0; at <= bytes.length; at += 1) {
      const split = shown(find(bytes.subarray(0, at), bytes.subarray(at)))
      // A name in two pieces is not looked at.
      assert.ok(split === found || split === undefined, `split at ${at}: ${split}`)
    }
  })

test('JSON field: a text in two pieces is found', () => {
  const bytes = Buffer.from('{"model":"chat"}')
  for (let at = 8; at <= bytes.length; at += 1)
    assert.deepEqual(find(bytes.subarray(0, at), bytes.subarray(at)), { from: 9, to: 15 })
})
