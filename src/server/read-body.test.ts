import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJsonObject } from './read-body.ts'

const rows: readonly [name: string, text: string, expected: string][] = [
  ['an object', '{"a":1}', 'ok'],
  ['not JSON', '{"a":', 'body_not_json'],
  ['an array', '[1]', 'body_not_json'],
  ['null', 'null', 'body_not_json'],
  ['nothing', '', 'body_not_json'],
  ['exactly 100 levels', `{"a":${'['.repeat(99)}${']'.repeat(99)}}`, 'ok'],
  ['101 levels', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'body_too_deep'],
  ['20,000 levels', '['.repeat(20_000), 'body_too_deep'],
  ['brackets in a string do not count', JSON.stringify({ a: '['.repeat(500) }), 'ok'],
  ['nor behind an escaped quote', JSON.stringify({ a: `\\"${'{'.repeat(500)}` }), 'ok'],
]

for (const [name, text, expected] of rows) {
  test(`body: ${name}`, () => {
    const outcome = readJsonObject(text)
    assert.equal(outcome.ok ? 'ok' : outcome.fault.code, expected)
  })
}
