import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { hear, openHeard } from './heard.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

function hearing(...texts: readonly string[]) {
  const hash = createHash('sha256')
  const heard = openHeard({ update: (text) => void hash.update(text), digest: () => hash.digest('hex') }, 0)
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

test('heard: the hash is that of the whole text, also where a character comes in two pieces', () => {
  const text = `${'a'.repeat(1_023)}😀${'b'.repeat(3_000)}`
  const pieces = [...Array(text.length).keys()].map((at) => text.charAt(at))
  assert.equal(hearing(...pieces).hash.digest(), sha256(text))
  assert.equal(hearing().hash.digest(), sha256(''))
})
