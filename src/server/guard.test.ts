import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCaller, isLoopback } from './guard.ts'

const rows: readonly [name: string, headers: { host?: string; origin?: string }, allowed: boolean][] = [
  ['the address with its port', { host: '127.0.0.1:4100' }, true],
  ['localhost', { host: 'localhost' }, true],
  ['version 6', { host: '[::1]:4100' }, true],
  ['a rebound name', { host: 'evil.test:4100' }, false],
  ['no Host', {}, false],
  ['a name that begins like ours', { host: '127.0.0.1.evil.test' }, false],
  ['a Host with a path', { host: 'localhost/#@evil.test' }, false],
  ['a page of this machine', { host: 'localhost:4100', origin: 'http://localhost:3000' }, true],
  ['a page of another site', { host: 'localhost:4100', origin: 'https://evil.test' }, false],
  ['a page without an origin', { host: 'localhost:4100', origin: 'null' }, false],
]
for (const [name, headers, allowed] of rows) {
  test(`guard: ${name} is ${allowed ? 'allowed' : 'refused'}`, () => {
    assert.equal(checkCaller(headers, { host: '127.0.0.1' }) === undefined, allowed)
  })
}

test('guard: only loopback addresses are loopback', () => {
  assert.deepEqual(
    ['127.0.0.1', '127.9.9.9', '::1', 'localhost', '0.0.0.0', '10.0.0.1', '127.0.0.1.nip.io'].map(isLoopback),
    [true, true, true, true, false, false, false],
  )
})
