import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spliced } from './spliced.ts'

const text = '{"model":"chat","n":1}'
const [from, to] = [text.indexOf('"chat"'), text.indexOf(',"n"')]

test('spliced: the same in however many pieces the body came', () => {
  const bytes = new TextEncoder().encode(text)
  for (let first = 0; first <= bytes.length; first += 1)
    for (let second = first; second <= bytes.length; second += 1) {
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
      const sent = spliced({ pieces, from, to, text: '"größer"' })
      assert.equal(new TextDecoder().decode(sent), '{"model":"größer","n":1}', `${first}, ${second}`)
    }
})
