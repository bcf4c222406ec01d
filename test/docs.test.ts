import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pages } from '../scripts/write-docs.ts'
import { faultKinds } from '../src/protocol/fault.ts'

for (const [path, text] of pages) {
  test(`docs: ${path} says what the code says`, () => {
    assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), text)
  })
}

test('docs: each fault stands in its page once, and the page names no other', () => {
  const page = readFileSync(new URL('../docs/faults.md', import.meta.url), 'utf8')
  const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code)
  assert.deepEqual(named, Object.keys(faultKinds))
})
