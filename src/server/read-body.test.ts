import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJsonObject } from './read-body.ts'

const fields = (count: number) => Array.from({ length: count }, (_, at) => `"k${at}":1`).join()
const rows: readonly [name: string, text: string, expected: string][] = [
  ['an object', '{"a":1}', 'ok'],
  ['not JSON', '{"a":', 'body_not_json'],
  ['an array', '[1]', 'body_not_json'],
  ['null', 'null', 'body_not_json'],
  ['nothing', '', 'body_not_json'],
  ['exactly 100 levels', `{"a":${'['.repeat(99)}${']'.repeat(99)}}`, 'ok'],
  ['101 levels', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'body_too_deep'],
  ['20,000 levels', '['.repeat(20_000), 'body_too_deep'],
  ['1,000 fields', `{${fields(1_000)}}`, 'ok'],
  ['1,001 fields', `{${fields(1_001)}}`, 'invalid_request'],
  ['many fields deeper down', `{"a":[${`{${fields(100)}},`.repeat(2_499)}{}]}`, 'ok'],
  ['too many of them', `{"a":[${`{${fields(100)}},`.repeat(2_500)}{}]}`, 'invalid_request'],
  ['colons in a string do not count', JSON.stringify({ a: ':'.repeat(300_000) }), 'ok'],
  ['brackets in a string do not count', JSON.stringify({ a: '['.repeat(500) }), 'ok'],
  ['nor behind an escaped quote', JSON.stringify({ a: `\\"${'{'.repeat(500)}` }), 'ok'],
]

for (const [name, text, expected] of rows) {
  test(`body: ${name}`, () => {
    const outcome = readJsonObject(text)
    assert.equal(outcome.ok ? 'ok' : outcome.fault.code, expected)
  })
}
