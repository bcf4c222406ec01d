import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExtension } from './extension.ts'

const rows: readonly [name: string, adaptive: unknown, expected: string][] = [
  ['absent is empty', undefined, '{}'],
  ['null is empty', null, '{}'],
  ['known fields are kept', { deadline_ms: 5, strict: true }, '{"deadline_ms":5,"strict":true}'],
  ['a text is refused', 'x', 'adaptive'],
  ['a negative deadline is refused by name', { deadline_ms: -1 }, 'adaptive.deadline_ms'],
  ['an unknown profile is refused by name', { profile: 'fax' }, 'adaptive.profile'],
  ['models of the map must be lists', { model_priority_map: { a: 'm' } }, 'adaptive.model_priority_map.a'],
]
for (const [name, adaptive, expected] of rows)
  test(`extension: ${name}`, () => {
    const read = readExtension({ adaptive })
    assert.equal(read.ok ? JSON.stringify(read.value) : read.fault.param, expected)
  })
