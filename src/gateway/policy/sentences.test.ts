import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeSentences } from './sentences.ts'

const rows: readonly [name: string, text: string, whole: readonly string[], rest: string][] = [
  ['nothing', '', [], ''],
  ['the beginning of one', 'Hello, my na', [], 'Hello, my na'],
  ['one that may go on', 'It costs 3.', [], 'It costs 3.'],
  ['a number', 'It costs 3.50 a', [], 'It costs 3.50 a'],
  ['one and a beginning', 'Hello there. How', ['Hello there. '], 'How'],
  ['several', 'One. Two! Three? Fo', ['One. ', 'Two! ', 'Three? '], 'Fo'],
  ['lines', '- one\n- two\n', ['- one\n'], '- two\n'],
  ['other marks', '你好。再见', ['你好。'], '再见'],
  ['one without an end', `${'word '.repeat(90)}x`, [`${'word '.repeat(90)}`], 'x'],
  ['one word without an end', 'x'.repeat(900), [], 'x'.repeat(900)],
]
for (const [name, text, whole, rest] of rows)
  test(`sentences: ${name}`, () => {
    const told = wholeSentences(text)
    assert.deepEqual(told, { whole, rest })
    assert.equal(told.whole.join('') + told.rest, text)
  })
