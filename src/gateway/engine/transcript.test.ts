import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { openTranscript, type TextHasher } from './transcript.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const hasher: TextHasher = {
  hashText: (text, tenant) => sha256(tenant + text),
  openTextHash(tenant) {
    const hash = createHash('sha256').update(tenant)
    return { update: (text) => void hash.update(text), digest: () => hash.digest('hex') }
  },
}

function transcribed(pieces: readonly string[]) {
  const made = openTranscript(hasher, 'acme')
  for (const piece of pieces) made.add(piece)
  return made
}

const letters = (text: string) => [...Array(text.length).keys()].map((at) => text.charAt(at))

const rows: readonly [name: string, pieces: readonly string[]][] = [
  ['nothing', []],
  ['one word', ['word']],
  ['words of a few letters', Array.from({ length: 2_000 }, (_, at) => `word ${at} `)],
  ['a character in two pieces at the end of a lot', letters(`${'a'.repeat(63)}😀${'b'.repeat(200)}`)],
  [
    'a character in two pieces where the hash is called',
    letters(`${'a'.repeat(1_023)}😀${'b'.repeat(3_000)}`),
  ],
  ['one piece larger than all lots', ['long '.repeat(9_000)]],
]
for (const [name, pieces] of rows)
  test(`transcript: ${name}`, () => {
    const text = pieces.join('')
    const made = transcribed(pieces)
    assert.equal(made.text(), text)
    assert.equal(made.start(), text.slice(0, 4_096))
    assert.equal(made.digest(), sha256(`acme${text}`))
    assert.equal(made.text(), text)
  })

test('transcript: a short answer needs no hash that stays open while it is said', () => {
  const made = openTranscript({ ...hasher, openTextHash: () => assert.fail() }, 'acme')
  for (let word = 0; word < 200; word += 1) made.add('word ')
  assert.equal(made.digest(), sha256(`acme${'word '.repeat(200)}`))
})

test('transcript: what is too long is not kept, but for its start and its hash', () => {
  const pieces = Array.from({ length: 60_000 }, (_, at) => `word ${at % 1_000}`)
  const text = pieces.join('')
  const made = transcribed(pieces)
  assert.equal(made.text(), undefined)
  assert.equal(made.start(), text.slice(0, 4_096))
  assert.equal(made.digest(), sha256(`acme${text}`))
})
