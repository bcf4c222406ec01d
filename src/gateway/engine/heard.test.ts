import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Heard, hear } from './heard.ts'
import { openTranscript } from './transcript.ts'

const unused = { hashText: () => '', openTextHash: () => assert.fail() }

function hearing(...texts: readonly string[]) {
  const heard = new Heard(openTranscript(unused, 'acme'), 0)
  for (const text of texts) hear(heard, { kind: 'text', choice: 0, text })
  return heard
}

const rows: readonly [name: string, pieces: readonly string[], words: number][] = [
  ['one word', ['one'], 1],
  ['a word in two pieces', ['to', 'day'], 1],
  ['a word and the next, by its space', ['one', ' two'], 2],
  ['a piece that ends with a space', ['one ', 'two'], 2],
  ['a space of its own', ['one', ' ', 'two'], 2],
  ['many in one piece', ['one two\nthree', ' four'], 4],
  ['an end and a beginning in one piece', ['to', 'day is', ' fine'], 3],
  ['nothing and white space', ['', ' \n'], 0],
]
for (const [name, pieces, words] of rows)
  test(`heard: words of ${name}`, () => {
    const heard = hearing(...pieces)
    assert.equal(heard.voice.words, words)
    assert.equal(heard.characters, pieces.join('').length)
  })

test('heard: text of a second choice is heard, and counts for none of the first', () => {
  const heard = hearing('one ')
  hear(heard, { kind: 'text', choice: 1, text: 'two' })
  assert.deepEqual([heard.characters, heard.voice.words, heard.said().manyChoices], [4, 1, true])
  assert.equal(heard.transcript.start(), 'one two')
})

test('heard: white space is what a pattern takes for it', () => {
  for (let code = 0; code <= 0xffff; code += 1) {
    const { words } = hearing(String.fromCharCode(code)).voice
    assert.equal(words, /\s/.test(String.fromCharCode(code)) ? 0 : 1, code.toString(16))
  }
})
