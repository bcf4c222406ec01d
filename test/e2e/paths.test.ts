/** What callers hear of paths, methods, content types and bodies that are not served, from the running server. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isRecord } from '../../src/base/text.ts'
import { serveInProcess } from './gateway-in-process.ts'

const served = await serveInProcess([{ dialect: 'openai' }])
after(() => served.close())

interface Asked {
  readonly method?: string
  readonly type?: string
  readonly body?: string
}

async function ask(path: string, { method = 'POST', type = 'application/json', body = '{}' }: Asked = {}) {
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const answer = await fetch(served.url + path, {
    method,
    ...(hasBody ? { headers: { 'content-type': type }, body } : {}),
  })
  const text = await answer.text()
  const told: unknown = JSON.parse(text)
  assert.ok(isRecord(told) && isRecord(told['error']), text)
  const { error } = told
  return {
    status: answer.status,
    headers: answer.headers,
    envelope: told['type'],
    code: error['code'],
    says: String(error['message']),
  }
}

const posts = [
  '/v1/chat/completions',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/explain',
]
const isAnthropic = (path: string) => path.startsWith('/v1/messages')

for (const path of posts) {
  test(`paths: GET ${path} is 405 with Allow: POST`, async () => {
    const { status, headers, says } = await ask(path, { method: 'GET' })
    assert.deepEqual([status, headers.get('allow')], [405, 'POST'])
    assert.match(says, /GET is not a method of this endpoint; it takes POST/)
  })
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'])
    test(`paths: ${path} takes no ${type.split(';')[0]}: 415`, async () => {
      const { status, says } = await ask(path, { type })
      assert.equal(status, 415)
      assert.match(says, /application\/json/)
    })
  test(`paths: ${path} takes JSON with a charset, and refuses no JSON as such`, async () => {
    const { status, says } = await ask(path, { type: 'application/json; charset=utf-8', body: '{"a":' })
    assert.equal(status, 400)
    assert.match(says, /not valid JSON/)
  })
  test(`paths: ${path} tells errors in its own envelope`, async () => {
    const { status, envelope } = await ask(path)
    assert.deepEqual([status, envelope], [400, isAnthropic(path) ? 'error' : undefined])
  })
}

const unservedRows: readonly [path: string, method: string, status: number, says: RegExp][] = [
  ['/v1/completions', 'POST', 501, /\/v1\/chat\/completions/],
  ['/v1/images/generations', 'POST', 501, /provider directly/],
  ['/v1/audio/speech', 'POST', 501, /provider directly/],
  ['/v1/moderations', 'POST', 501, /provider directly/],
  ['/v1/assistants', 'GET', 501, /keep the messages yourself/],
  ['/v1/responses/resp_1', 'GET', 501, /send it again in `input`/],
  ['/v1/responses/resp_1', 'DELETE', 501, /keeps no responses/],
  ['/v1/responses/resp_1/cancel', 'POST', 501, /keeps no responses/],
  ['/v1/messages/batches', 'POST', 501, /one by one/],
  ['/v1/nothing', 'POST', 404, /^no such endpoint$/],
  ['/chat/completions', 'POST', 404, /did you mean \/v1\/chat\/completions/],
  ['/v1/v1/messages', 'POST', 404, /did you mean \/v1\/messages/],
]
for (const [path, method, status, says] of unservedRows) {
  test(`paths: ${method} ${path} is ${status} with a way out`, async () => {
    const told = await ask(path, { method })
    assert.equal(told.status, status)
    assert.match(told.says, says)
    assert.equal(told.envelope, isAnthropic(path) ? 'error' : undefined)
  })
}

test('paths: models take GET alone, and the path of one model too', async () => {
  for (const path of ['/v1/models', '/v1/models/chat']) {
    const { status, headers } = await ask(path, { method: 'DELETE' })
    assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD'])
  }
})

const hi = [{ role: 'user', content: 'Hi' }]
const misdirectedRows: readonly [path: string, name: string, body: object, says: RegExp][] = [
  [
    '/v1/chat/completions',
    'Anthropic’s',
    { model: 'chat', max_tokens: 9, system: 'Be brief', messages: hi },
    /looks like an Anthropic request; send it to \/v1\/messages/,
  ],
  ['/v1/chat/completions', 'a Responses', { model: 'chat', input: 'Hi' }, /send it to \/v1\/responses/],
  [
    '/v1/chat/completions',
    'Gemini’s',
    { contents: [{ parts: [{ text: 'Hi' }] }] },
    /looks like a Gemini request/,
  ],
  [
    '/v1/messages',
    'OpenAI’s',
    { model: 'chat', messages: hi, response_format: { type: 'json_object' } },
    /send it to \/v1\/chat\/completions/,
  ],
  ['/v1/messages', 'a Responses', { model: 'chat', input: 'Hi' }, /send it to \/v1\/responses/],
  ['/v1/responses', 'OpenAI’s chat', { model: 'chat', messages: hi }, /send it to \/v1\/chat\/completions/],
  [
    '/v1/responses',
    'Anthropic’s',
    { model: 'chat', system: 'x', max_tokens: 9, messages: hi },
    /send it to \/v1\/messages/,
  ],
  ['/v1/embeddings', 'a chat', { model: 'chat', messages: hi }, /send it to \/v1\/chat\/completions/],
]
for (const [path, name, body, says] of misdirectedRows) {
  test(`paths: ${name} body at ${path} is 400 with the path it belongs to`, async () => {
    const told = await ask(path, { body: JSON.stringify(body) })
    assert.equal(told.status, 400)
    assert.match(told.says, says)
    assert.equal(told.envelope, isAnthropic(path) ? 'error' : undefined)
  })
}

test('paths: nothing of all this reached a provider or the ledger', async () => {
  assert.deepEqual([served.sandboxes[0]?.attempts.length, (await served.ledger()).length], [0, 0])
})
