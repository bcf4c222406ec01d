import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeQuote } from './safe-quote.ts'

const key = 'sk-proj-4nfT9xQ2mZ8vL1kR7pW3'
const rows: readonly (readonly [name: string, quote: string, text: string, expected: string])[] = [
  ['nothing to hide', 'the answer', 'So the answer is 5', 'the answer'],
  ['a whole key', `use ${key} now`, `Please use ${key} now`, 'use [key] now'],
  ['the end of a key', `${key.slice(10)} and go`, `use ${key} and go`, 'and go'],
  ['the beginning of a key', `use ${key.slice(0, 9)}`, `use ${key} and go`, 'use'],
  ['a password whose name was cut off', 'hunter2222, then', 'password: hunter2222, then', 'then'],
  ['only the middle of a key', key.slice(5, 15), `use ${key}`, '[redacted]'],
]
for (const [name, quote, text, expected] of rows)
  test(`safe quote: ${name}`, () => assert.equal(safeQuote(quote, text).quote, expected))

test('safe quote: what stands around it is shown in whole words, and as safe', () => {
  const text = `${'word '.repeat(100)}password: hunter2222 the answer is ${key} ${'more '.repeat(100)}`
  const { before, quote, after } = safeQuote('the answer', text)
  assert.match(before ?? '', /^… word .*password: \[key\] $/)
  assert.equal(quote, 'the answer')
  assert.match(after ?? '', /^ is \[key\] more .* …$/)
  assert.deepEqual(safeQuote('all', 'all'), { quote: 'all' })
})
