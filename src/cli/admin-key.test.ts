import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileKey } from '../config/config.ts'
import { listeningProblem, readAdminKey } from './admin-key.ts'
import { keyRequest, spanMs } from './key-options.ts'

const adminKeys: readonly [name: string, key: string | undefined, expected: 'key' | 'none' | 'refused'][] = [
  ['a good one', 'a-key-of-some-length', 'key'],
  ['none', undefined, 'none'],
  ['an empty one', '', 'none'],
  ['a short one', 'short-key-1', 'refused'],
  ['twelve characters', 'twelve-chars', 'key'],
  ['a space', 'with a space in it', 'refused'],
  ['a line end', 'with-a-line-end\n', 'refused'],
  ['letters that no header carries', 'ключ-ключ-ключ', 'refused'],
]
for (const [name, key, expected] of adminKeys) {
  test(`admin key: ${name}`, () => {
    const read = readAdminKey({ ADAPTIVE_MIND_ADMIN_KEY: key })
    assert.equal(read.ok ? (read.value === undefined ? 'none' : 'key') : 'refused', expected)
    if (!read.ok && key) assert.ok(!read.fault.includes(key))
  })
}

const fileKey = (fields: Partial<FileKey>): FileKey => ({
  name: 'a',
  digest: '',
  tenant: '*',
  scopes: ['admin'],
  limits: {},
  ...fields,
})
const addresses: readonly [
  name: string,
  host: string,
  adminKey: string | undefined,
  keys: readonly FileKey[],
  allowed: boolean,
][] = [
  ['this machine', '127.0.0.1', undefined, [], true],
  ['this machine by name', 'localhost', undefined, [], true],
  ['version 6', '::1', undefined, [], true],
  ['every address', '0.0.0.0', undefined, [], false],
  ['every address of version 6', '::', undefined, [], false],
  ['a name that begins like this machine', '127.0.0.1.evil.test', undefined, [], false],
  ['an admin key', '0.0.0.0', 'a-key-of-some-length', [], true],
  ['an admin key of the file', '0.0.0.0', undefined, [fileKey({})], true],
  ['a key of the file that is no admin', '0.0.0.0', undefined, [fileKey({ scopes: ['operate'] })], false],
  ['an admin key that is over', '0.0.0.0', undefined, [fileKey({ expiresAtMs: 1 })], false],
]
for (const [name, host, adminKey, fileKeys, allowed] of addresses)
  test(`listening: ${name} is ${allowed ? 'allowed' : 'refused'}`, () => {
    const problem = listeningProblem({ host, adminKey, fileKeys, dataDir: '/nowhere' })
    assert.equal(problem === undefined, allowed)
  })

const spans: readonly [text: string, expected: number | undefined][] = [
  ['90s', 90_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['30d', 2_592_000_000],
  ['0', 0],
  ['', undefined],
  ['5', undefined],
  ['-1h', undefined],
  ['1w', undefined],
  ['1.5h', undefined],
]
for (const [text, expected] of spans)
  test(`span: "${text}"`, () => {
    const span = spanMs(text)
    assert.equal(span.ok ? span.value : undefined, expected)
  })

test('key options: what was typed becomes the request that makes a key', () => {
  const request = keyRequest(
    {
      name: 'a',
      scopes: 'read, inference',
      routes: 'chat',
      expires: '1d',
      requestsPerMinute: '60',
      concurrency: 'x',
      usdPerDay: '5.00',
    },
    0,
  )
  assert.deepEqual(request.ok && request.value, {
    name: 'a',
    scopes: ['read', 'inference'],
    routes: ['chat'],
    expires_at: '1970-01-02T00:00:00.000Z',
    limits: { requests_per_minute: 60, concurrency: 'x', usd_per_day: '5.00' },
  })
  assert.deepEqual(keyRequest({ name: 'a' }, 0), { ok: true, value: { name: 'a' } })
  assert.equal(keyRequest({ name: 'a', expires: 'soon' }, 0).ok, false)
})
