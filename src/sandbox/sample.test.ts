import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sample } from './sample.ts'

const city = { type: 'object', properties: { name: { type: 'string' } } }
const rows: readonly [name: string, schema: unknown, value: unknown][] = [
  ['a text', { type: 'string' }, 'simulated'],
  ['one of several', { enum: ['a', 'b'] }, 'a'],
  ['a fixed value', { const: 5 }, 5],
  ['the first of several types', { type: ['null', 'string'] }, null],
  ['the first branch', { anyOf: [{ type: 'boolean' }, { type: 'string' }] }, true],
  ['a number without bounds', { type: 'integer' }, 1],
  ['a number with a bound far below', { type: 'integer', minimum: -9_007_199_254_740_991 }, 1],
  ['a number from a bound on', { type: 'number', minimum: 18 }, 18],
  ['a number above a bound', { type: 'integer', exclusiveMinimum: 1 }, 2],
  ['a number under a bound', { type: 'number', maximum: 0.5 }, 0.5],
  ['a list', { type: 'array', items: city }, [{ name: 'simulated' }]],
  ['no type is an object', { properties: { a: { type: 'boolean' } } }, { a: true }],
  [
    'a reference',
    { $defs: { city }, type: 'array', items: { $ref: '#/$defs/city' } },
    [{ name: 'simulated' }],
  ],
  ['a reference to nothing', { $ref: '#/$defs/gone' }, null],
  ['no schema', undefined, null],
]
for (const [name, schema, value] of rows)
  test(`sample: ${name}`, () => assert.deepEqual(sample(schema), value))

test('sample: a schema of itself has an end', () => {
  const list = { type: 'object', properties: { next: { $ref: '#' } } }
  assert.match(JSON.stringify(sample(list)), /"next":null/)
})
