/** Keys and stored secrets over HTTP: made, used, rotated, ended, and never told again. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { adminKey, type ClosedServer, openClosedServer } from './closed-server.ts'

let server: ClosedServer
before(async () => {
  server = await openClosedServer()
})
after(() => server.close())

async function call(method: string, path: string, key: string, body?: unknown) {
  const answer = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const statusOf = async (key: unknown) => (await call('GET', '/v1/key', String(key))).status

test('a key is made, rotated with an overlap and revoked, and its text is told twice in all', async () => {
  const made = await call('POST', '/admin/keys', adminKey, {
    name: 'reports',
    tenant: 'acme',
    routes: ['chat'],
    expires_at: '2999-01-01T00:00:00Z',
    limits: { usd_per_day: '5.00' },
  })
  assert.equal(made.status, 201)
  const { key, ...told } = made.body
  const own = await call('GET', '/v1/key', String(key))
  assert.deepEqual([own.body['id'], own.body['limits']], [told['id'], { usd_per_day: '5.00' }])
  assert.equal(own.body['expires_at'], '2999-01-01T00:00:00.000Z')
  const rotated = await call('POST', `/admin/keys/${told['id']}/rotate`, adminKey, { overlap_ms: 60_000 })
  assert.equal(rotated.status, 201)
  assert.deepEqual([await statusOf(key), await statusOf(rotated.body['key'])], [200, 200])
  const ended = await call('DELETE', `/admin/keys/${told['id']}`, adminKey)
  assert.equal(ended.body['state'], 'revoked')
  assert.deepEqual([await statusOf(key), await statusOf(rotated.body['key'])], [401, 401])
  assert.equal((await call('POST', `/admin/keys/${told['id']}/rotate`, adminKey, {})).status, 409)
  const listed = JSON.stringify((await call('GET', '/admin/keys', adminKey)).body)
  for (const secret of [key, rotated.body['key']]) assert.ok(!listed.includes(String(secret)))
})

test('an admin of a tenant makes keys of its tenant, which is what is meant where none is said', async () => {
  const admin = server.make({ scopes: ['admin'], tenant: 'acme' })
  const made = await call('POST', '/admin/keys', admin, { name: 'a' })
  assert.deepEqual([made.status, made.body['tenant'], made.body['scopes']], [201, 'acme', ['inference']])
  const all = await call('POST', '/admin/keys', adminKey, { name: 'b' })
  assert.equal(all.body['tenant'], 'default')
})

const refused: readonly [name: string, body: object, status: number][] = [
  ['no name', {}, 400],
  ['an end in the past', { name: 'a', expires_at: '2001-01-01T00:00:00Z' }, 400],
  ['a limit of nothing', { name: 'a', limits: { requests_per_minute: 0 } }, 400],
  ['a budget that is a number', { name: 'a', limits: { usd_per_day: 5 } }, 400],
  ['an unknown scope', { name: 'a', scopes: ['root'] }, 400],
]
for (const [name, body, status] of refused)
  test(`making a key: ${name} is refused`, async () => {
    assert.equal((await call('POST', '/admin/keys', adminKey, body)).status, status)
  })

test('a provider’s key is stored for its address and told to nobody', async () => {
  const stored = await call('PUT', '/admin/secrets/house', adminKey, { key: 'canary-of-the-provider' })
  assert.equal(stored.status, 201)
  assert.deepEqual(Object.keys(stored.body).sort(), ['created_at', 'fingerprint', 'origin', 'provider'])
  assert.equal(stored.body['origin'], 'https://house.test')
  const listed = await call('GET', '/admin/secrets', adminKey)
  assert.doesNotMatch(JSON.stringify([stored, listed]), /canary/)
  assert.equal((await call('PUT', '/admin/secrets/nobody', adminKey, { key: 'x' })).status, 404)
  assert.equal((await call('PUT', '/admin/secrets/house', adminKey, { key: 'a b' })).status, 400)
  assert.equal(
    (await call('PUT', '/admin/secrets/house', adminKey, { key: 'x', origin: 'https://evil.test' })).status,
    400,
  )
  assert.deepEqual((await call('DELETE', '/admin/secrets/house', adminKey)).body, { removed: 1 })
  assert.equal((await call('DELETE', '/admin/secrets/house', adminKey)).status, 404)
})
