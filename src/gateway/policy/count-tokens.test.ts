import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base'
import type { ChatRequest } from '../../protocol/chat.ts'
import { countRequestTokens, countTokens, slicesOf } from './count-tokens.ts'

const pause = async () => {}
const words = { tokenizer: (text: string) => text.split(/\s+/).filter((word) => word !== '').length, pause }

const rows: readonly [name: string, text: string][] = [
  ['nothing', ''],
  ['a word', 'word'],
  ['exactly one slice', 'a'.repeat(2_048)],
  ['unbroken text', 'a'.repeat(10_000)],
  ['unbroken Chinese', '语'.repeat(5_000)],
  ['pairs of surrogates at every place', `a${'😀'.repeat(2_000)}`],
  ['a space at the very start and then none', ` ${'b'.repeat(5_000)}`],
  ['prose', 'The quick brown fox jumps over the lazy dog. '.repeat(400)],
]
for (const [name, text] of rows) {
  test(`slices: ${name}`, () => {
    const slices = [...slicesOf(text)]
    assert.equal(slices.join(''), text)
    for (const slice of slices) {
      assert.ok(slice !== '' && Buffer.byteLength(slice) <= 2_048, String(Buffer.byteLength(slice)))
      assert.doesNotMatch(slice, /[\ud800-\udbff]$/)
    }
  })
}

test('tokens: prose in slices has as many tokens as in one piece', async () => {
  const text = 'The quick brown fox jumps over the lazy dog, naïvely. '.repeat(400)
  assert.equal(await countTokens(text, { tokenizer: (slice) => o200k(slice), pause }), o200k(text))
})

test('tokens: beyond the bound the beginning speaks for the whole, and only it is read', async () => {
  let read = 0
  const text = 'word '.repeat(200_000)
  const tokens = await countTokens(text, {
    tokenizer(slice) {
      read += slice.length
      return words.tokenizer(slice)
    },
    pause,
  })
  assert.equal(read, 65_536)
  assert.ok(Math.abs(tokens - 200_000) < 100, String(tokens))
})

test('tokens: other work goes on while much is counted', async () => {
  let pauses = 0
  const noted = async () => {
    pauses += 1
  }
  await countTokens('a'.repeat(100_000), { ...words, pause: noted })
  assert.equal(pauses, 12)
})

test('tokens: messages, calls, tools and pictures count', async () => {
  const request: ChatRequest = {
    dialect: 'anthropic',
    model: 'm',
    messages: [
      { role: 'system', content: [{ kind: 'text', text: 'one two' }] },
      { role: 'user', content: [{ kind: 'image', source: { kind: 'url', url: 'https://a.test' } }] },
      { role: 'assistant', content: [], toolCalls: [{ id: 'c', name: 'three', arguments: 'four' }] },
    ],
    tools: [{ name: 'five' }],
    stream: false,
    streamUsage: false,
    body: {},
    unmapped: [],
  }
  assert.equal(await countRequestTokens(request, words), 5 + 1_000 + 3 * 4 + 3)
})
