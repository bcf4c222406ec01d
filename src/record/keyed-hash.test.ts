import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { prepareHmac } from './keyed-hash.ts'

for (const length of [0, 1, 32, 64]) {
  test(`keyed hash: a key of ${length} bytes gives what the platform's HMAC gives, again and again`, () => {
    const key = Buffer.alloc(length, 0xa5)
    const hash = prepareHmac(key)
    for (const texts of [[''], ['a'], ['日本 ', '🙂'], ['x'.repeat(1_000)], ['é'.repeat(20_000)]]) {
      const open = hash.open()
      for (const text of texts) open.update(text)
      const expected = createHmac('sha256', key).update(texts.join('')).digest('hex')
      assert.equal(open.digest(), expected)
      assert.equal(hash.of(texts.join('')), expected)
    }
  })
}
