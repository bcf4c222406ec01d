/** Hostile input of every kind against a server that asks for keys: nothing is changed, nothing is reached. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { adminKey, type ClosedServer, openClosedServer } from './closed-server.ts'

let server: ClosedServer
let inferenceKey: string
let tenantAdmin: string
before(async () => {
  server = await openClosedServer()
  inferenceKey = server.make({ scopes: ['inference'], tenant: 'acme', routes: ['chat'] })
  tenantAdmin = server.make({ scopes: ['admin'], tenant: 'acme' })
  server.make({ scopes: ['admin'], tenant: 'other', name: 'secret-of-other' })
})
after(() => server.close())

/** Everything that a request could have changed. */
const state = () =>
  JSON.stringify([
    server.file.db.prepare('SELECT * FROM keys ORDER BY id').all(),
    server.file.db.prepare('SELECT * FROM key_digests ORDER BY digest').all(),
    server.file.db.prepare('SELECT * FROM secrets').all(),
    server.asked.length,
    Object.keys(Object.prototype),
  ])

/** Bytes as they are, past every client that would put them right. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('latin1').on('data', (piece) => {
      answer += piece
    })
    socket.setTimeout(2_000, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

const statusIn = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)

async function post(path: string, body: unknown, key = tenantAdmin, method = 'POST') {
  const answer = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.status, text: await answer.text() }
}

const tokens = [
  "' OR '1'='1",
  "' OR 1=1 --",
  "'; DROP TABLE keys; --",
  '" OR ""="',
  "admin'/*",
  '%27%20OR%201=1',
  '1 UNION SELECT digest FROM key_digests',
  '\\',
  '%00',
  '*',
  'null',
  'undefined',
  'true',
  '[object Object]',
  '__proto__',
  'am-',
  'admin',
  'cli',
  'file:ci',
  `am-${'0'.repeat(32)}`,
  'a'.repeat(12_000),
]
test('corpus: SQL in names and ids is a name or a mistake', async () => {
  const before = state()
  for (const token of tokens) {
    const id = encodeURIComponent(token.slice(0, 90))
    assert.equal((await post(`/admin/keys/${id}`, '', tenantAdmin, 'DELETE')).status, 404, token)
    assert.equal((await post(`/admin/keys/${id}/rotate`, {})).status, 404, token)
    assert.ok([403, 404].includes((await post(`/admin/secrets/${id}`, '', adminKey, 'DELETE')).status), token)
  }
  for (const name of tokens.filter((token) => /[^\w.:@/-]/.test(token)))
    assert.equal((await post('/admin/keys', { name })).status, 400, name)
  assert.equal(state(), before)
})

const lines: readonly string[] = [
  'GET http://x/#@y/admin/keys HTTP/1.1',
  'GET http://localhost/admin/keys HTTP/1.1',
  'GET //admin/keys HTTP/1.1',
  'GET /admin//keys HTTP/1.1',
  'GET /health/../admin/keys HTTP/1.1',
  'GET /health%2f..%2fadmin%2fkeys HTTP/1.1',
  'GET /%2e/admin/keys HTTP/1.1',
  'GET /admin/keys; HTTP/1.1',
  'GET /admin/keys;x=/health HTTP/1.1',
  'GET /admin/keys/ HTTP/1.1',
  'GET /ADMIN/KEYS HTTP/1.1',
  'GET /admin%2fkeys HTTP/1.1',
  'GET /admin/keys?path=/health HTTP/1.1',
  'GET /admin/keys#/health HTTP/1.1',
  'GET /admin/keys%00/health HTTP/1.1',
  'GET /\\admin\\keys HTTP/1.1',
  'HEAD /admin/keys HTTP/1.1',
  'POST /v1/chat/completions?x=/health HTTP/1.1',
  'POST /v1/chat/completions/../../health HTTP/1.1',
  'POST http://evil.test/v1/messages HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'CONNECT evil.test:443 HTTP/1.1',
  'TRACE /admin/keys HTTP/1.1',
]
const confusing: readonly string[] = [
  'Host: localhost',
  'Host: 127.0.0.1:1/#@localhost',
  'Host: localhost\r\nX-Original-URL: /health',
  'Host: localhost\r\nX-Rewrite-URL: /health',
  'Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost\r\nX-Real-IP: 127.0.0.1',
  'Host: localhost\r\nX-HTTP-Method-Override: GET',
  'Host: localhost\r\nCookie: authorization=Bearer admin',
]
test('corpus: confusing paths, hosts and headers reach nothing without a key', async () => {
  const before = state()
  for (const line of lines)
    for (const headers of confusing) {
      const answer = await raw(
        `${line}\r\n${headers}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      )
      const status = statusIn(answer)
      assert.ok(
        status === 0 || (status >= 400 && status < 500) || status === 501,
        `${line} ${headers}: ${answer.slice(0, 300)}`,
      )
      assert.ok(!answer.includes('secret-of-other') && !answer.includes('"data"'), line)
    }
  assert.equal(state(), before)
})

test('corpus: two Authorization headers, a key in the query, a key in the body: none of them counts', async () => {
  const ask = (text: string) => raw(`${text}\r\nConnection: close\r\n\r\n`)
  assert.equal(
    statusIn(
      await ask(
        `GET /v1/key HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic x\r\nAuthorization: Bearer ${adminKey}`,
      ),
    ),
    401,
  )
  for (const name of ['key', 'api_key', 'access_token', 'authorization', 'x-api-key'])
    assert.equal(
      statusIn(await ask(`GET /v1/key?${name}=${adminKey} HTTP/1.1\r\nHost: localhost`)),
      401,
      name,
    )
})

test('corpus: requests that hide a second one are not read as two', async () => {
  const hidden = `POST /admin/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${adminKey}\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"name":"x"}`
  const before = state()
  for (const headers of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Content-Length: 5\r\nContent-Length: 6',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: xchunked',
    'Content-Length: +5',
  ]) {
    const answer = await raw(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${inferenceKey}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n0\r\n\r\n${hidden}`,
    )
    assert.ok([400, 501].includes(statusIn(answer)), `${headers}: ${answer.slice(0, 200)}`)
    assert.equal([...answer.matchAll(/HTTP\/1\.1 /g)].length, 1, headers)
  }
  assert.equal(state(), before)
})

test('corpus: 40 kB of headers are refused, and the server goes on', async () => {
  for (const header of [
    `X-Big: ${'a'.repeat(40_960)}`,
    `Authorization: Bearer ${'a'.repeat(40_960)}`,
    Array.from({ length: 2_000 }, (_, at) => `X-${at}: ${'a'.repeat(12)}`).join('\r\n'),
  ])
    assert.equal(
      statusIn(
        await raw(`GET /v1/key HTTP/1.1\r\nHost: localhost\r\n${header}\r\nConnection: close\r\n\r\n`),
      ),
      431,
    )
  assert.equal((await fetch(`${server.url}/health`)).status, 200)
})

const privileged: readonly string[] = [
  '"id":"vk_mine"',
  '"is_admin":true',
  '"role":"admin"',
  '"source":"file"',
  '"state":"active"',
  '"madeBy":"cli"',
  '"made_by":"cli"',
  '"digest":"sha256:00"',
  '"key":"am-mine"',
  '"createdAtMs":0',
  '"expiresAtMs":null',
  '"allowed_routes":["*"]',
  '"__proto__":{"scopes":["admin"]}',
  '"constructor":{"prototype":{"isAdmin":true}}',
  '"prototype":{}',
  '"limits":{"__proto__":{"allow_unpriced":true},"x":1}',
  '"scopes":["admin"],"tenant":"*"',
  '"tenant":"other"',
  '"scopes":["admin","root"]',
  '"scopes":"admin"',
  '"scopes":{"0":"admin"}',
  '"routes":"chat"',
  '"limits":[]',
]
test('corpus: fields a maker may not set, in every form, make no key', async () => {
  const before = state()
  for (const field of privileged) {
    const { status, text } = await post('/admin/keys', `{"name":"x",${field}}`)
    assert.ok([400, 403].includes(status), `${field}: ${status} ${text}`)
  }
  for (const body of [
    '',
    '[]',
    'null',
    '"x"',
    '1',
    '{"name":',
    '{"name":["x"]}',
    `{"name":"${'x'.repeat(65)}"}`,
    `{"a":${'['.repeat(5_000)}`,
  ])
    assert.equal((await post('/admin/keys', body)).status, 400, body.slice(0, 20))
  assert.equal(state(), before)
  assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined)
})

test('corpus: a key’s own rights do not reach over its own tenant, rotate and revoke included', async () => {
  const others = server.keys.list({ kind: 'admin', name: '', tenant: '*', scopes: ['admin'], limits: {} })
  const other = others.ok ? others.value.find(({ tenant }) => tenant === 'other') : undefined
  assert.ok(other)
  const before = state()
  const refused = [
    await post(`/admin/keys/${other.id}`, '', tenantAdmin, 'DELETE'),
    await post(`/admin/keys/${other.id}/rotate`, {}),
    await post('/admin/secrets/house', { key: 'sk-x' }, tenantAdmin, 'PUT'),
    await post('/admin/keys', { name: 'x' }, inferenceKey),
    await post(`/admin/keys/${other.id}`, '', inferenceKey, 'DELETE'),
  ]
  assert.deepEqual(
    refused.map(({ status }) => status),
    [404, 404, 403, 403, 403],
  )
  const listed = await fetch(`${server.url}/admin/keys`, { headers: { 'x-api-key': tenantAdmin } })
  const text = await listed.text()
  assert.ok(text.includes('acme') && !text.includes('secret-of-other') && !/[0-9a-f]{64}/.test(text))
  assert.equal(state(), before)
})

const hosts: Record<string, unknown> = {
  api_base: 'http://evil.test',
  base_url: 'http://evil.test',
  baseUrl: 'http://evil.test',
  custom_host: 'http://evil.test',
  host: 'evil.test',
  proxy: 'http://evil.test',
  api_key: 'sk-other',
  api_key_override: 'sk-other',
  organization: 'evil',
}
test('corpus: a request names no host, key or model beyond its key’s, by whatever field', async () => {
  const asked = server.asked.length
  const chat = { model: 'chat', messages: [{ role: 'user', content: 'Hi' }] }
  const evil: readonly object[] = [
    { model: 'vip' },
    { model: 'house/large' },
    { model: 'large' },
    { models: ['vip'] },
    { models: ['chat', 'house/large'] },
    { adaptive: { model_priority_map: { house: ['large'] } } },
    { adaptive: { model_priority_map: { chat: ['chat'] } } },
    { models: ['chat'], adaptive: { model_priority_map: { house: ['small'] } } },
    { model: '__proto__' },
    { model: 'constructor' },
  ]
  const bodies: Readonly<Record<string, object>> = {
    '/v1/chat/completions': chat,
    '/v1/messages': { ...chat, max_tokens: 5 },
    '/v1/messages/count_tokens': chat,
    '/v1/responses': { model: 'chat', input: 'Hi' },
    '/v1/embeddings': { model: 'chat', input: 'Hi' },
    '/v1/explain': chat,
  }
  for (const fields of evil)
    for (const [path, body] of Object.entries(bodies)) {
      const answer = await post(path, { ...body, ...fields }, inferenceKey)
      assert.equal(answer.status, 403, `${path} ${JSON.stringify(fields)} ${answer.text}`)
    }
  assert.equal(server.asked.length, asked)
  // What names a host is handed on as data at most; the engine has no field for it.
  assert.equal(
    (await post('/v1/chat/completions', { ...chat, ...hosts, adaptive: { ...hosts } }, inferenceKey)).status,
    409,
  )
  const last = server.asked.at(-1)
  assert.equal(last?.tenant, 'acme')
  assert.match(last?.virtualKeyId ?? '', /^vk_/)
})

test('corpus: a key is told of no models but its own', async () => {
  const list = async (key: string) =>
    (
      (await (await fetch(`${server.url}/v1/models`, { headers: { 'x-api-key': key } })).json()) as {
        data: { id: string }[]
      }
    ).data.map(({ id }) => id)
  assert.deepEqual(await list(inferenceKey), ['chat'])
  assert.deepEqual(await list(adminKey), ['chat', 'vip', 'house/small', 'house/large'])
})

test('answers to those who showed a key are kept by nobody between', async () => {
  for (const [path, method] of [
    ['/v1/key', 'GET'],
    ['/v1/models', 'GET'],
    ['/admin/keys', 'GET'],
    ['/v1/chat/completions', 'POST'],
    ['/none', 'GET'],
  ] as const) {
    const answer = await fetch(server.url + path, { method, headers: { 'x-api-key': adminKey } })
    assert.equal(answer.headers.get('cache-control'), 'no-store', path)
    assert.match(answer.headers.get('vary') ?? '', /authorization/, path)
    assert.equal(answer.headers.get('access-control-allow-origin'), null)
  }
})

/** The last, for from then on the admin key is not looked at for a while. */
test('corpus: SQL and other words in the place of a key are wrong keys, all with one answer', async () => {
  const before = state()
  const answers = new Set<string>()
  for (const header of ['authorization', 'x-api-key'])
    for (const token of tokens) {
      const value = header === 'authorization' ? `Bearer ${token}` : token
      const answer = await raw(
        `POST /admin/keys HTTP/1.1\r\nHost: localhost\r\n${header}: ${value}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      )
      assert.ok([401, 429].includes(statusIn(answer)), `${token.slice(0, 40)}: ${answer.slice(0, 200)}`)
      answers.add(answer.split('\r\n\r\n')[1] ?? '')
    }
  assert.equal(answers.size, 2, [...answers].join('\n'))
  assert.equal(state(), before)
})
