/** Secrets planted wherever callers and providers can put them, and then looked for in everything that comes out. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openGateway } from '../../src/cli/open-gateway.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { Topic } from '../../src/protocol/events.ts'
import { openLedgerReader } from '../../src/record/ledger-reader.ts'
import { topicSeverities } from '../../src/record/topics.ts'

const planted: string[] = []
/** A secret of its own for each place; what it begins with is what such secrets begin with. */
function plant(form: (text: string) => string = (text) => text): string {
  const at = String(planted.length).padStart(2, '0')
  const secret = form(`Canary${at}x9f3a77c1b2d4`)
  planted.push(secret)
  return secret
}

const adminKey = plant((text) => `admin-${text}`)
const keys = { word: 'correcthorsebatterystaple', known: plant((text) => `sk-proj-${text}`), odd: plant() }
planted.push(keys.word)

type Reply = (response: ServerResponse) => void
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body))

/** What the provider answers, one after the other, by the model that is asked for. */
const replies: Readonly<Record<string, Reply>> = {
  message: json(400, {
    error: {
      message: `Incorrect API key provided: ${keys.known} and ${keys.word}`,
      type: 'invalid_request_error',
    },
  }),
  refused: json(401, {
    error: {
      message: `key ${keys.odd} is wrong; other is ${plant((t) => `gsk_${t}`)}`,
      code: plant(),
      type: plant(),
    },
  }),
  headers: json(
    500,
    { error: { message: 'broken' } },
    {
      'set-cookie': `session=${plant()}`,
      'www-authenticate': `Bearer realm="${plant()}"`,
      'x-request-id': plant(),
      'retry-after': plant(),
      location: `https://other.test/?token=${plant()}`,
    },
  ),
  urls: json(502, {
    error: { message: `GET https://admin:${plant()}@db.test/x?key=${plant()}&sig=${plant()} failed` },
  }),
  nested: json(500, {
    error: {
      message: JSON.stringify({
        request: { headers: { Authorization: `Bearer ${plant()}`, 'x-api-key': plant() } },
        password: plant(),
      }),
    },
  }),
  elsewhere: json(500, {
    error: { message: 'broken', debug: plant(), inner: { token: plant() } },
    trace: plant(),
  }),
  param: json(422, { error: { message: 'bad field', param: plant(), type: 'invalid_request_error' } }),
  encoded: json(500, {
    error: {
      message: `failed: ${Buffer.from(plant()).toString('base64')} ${plant((t) => `eyJ${t}.${t}.${t}`)}`,
    },
  }),
  page: (response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end(`<html>${plant0}</html>`),
  redirect: json(307, {}, { location: `https://${plant()}.test/?k=${plant()}` }),
  text: (response) => void response.writeHead(503).end(`upstream said ${plant1}`),
  masked: json(403, {
    error: {
      message: `key ${'f00dCafe'}********${'9f3a'} has no access; -----BEGIN PRIVATE KEY-----\n${plant()}`,
    },
  }),
  stream: (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"}}]}\n\n',
    )
    response.end(`data: {"error":{"message":"lost ${keys.word} ${plant2}","type":"server_error"}}\n\n`)
  },
}
const plant0 = plant()
const plant1 = plant()
const plant2 = plant()

async function startProvider(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (piece) => {
      text += piece
    })
    request.on('end', () => (replies[JSON.parse(text).model] ?? json(200, {}))(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

/** Everything that is written to stderr while the test runs: the gateway's log. */
function listenToLog(t: TestContext): () => string {
  let log = ''
  t.mock.method(process.stderr, 'write', (text: string | Uint8Array) => {
    log += text
    return true
  })
  return () => log
}

test('planted secrets are in no answer, event, log line or file', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  const baseUrl = await startProvider(t)
  const config = readConfig({
    text: `providers: { house: { dialect: openai, base_url: "${baseUrl}", keys: [${keys.word}, ${keys.known}, ${keys.odd}] } }
attempts: { max: 3, same_try: 1, base_ms: 0, max_ms: 0, patience_ms: 0 }\n`,
    file: 'a.yaml',
    env: {},
  })
  assert.ok(config.ok)
  const log = listenToLog(t)
  const server = { ...config.value.server, port: 0 }
  const opened = await openGateway({ config: { ...config.value, server }, dataDir: dir, adminKey })
  assert.ok(opened.ok, JSON.stringify(opened))
  const events: string[] = []
  opened.value.bus.subscribe(
    Object.keys(topicSeverities) as Topic[],
    (event) => void events.push(JSON.stringify(event)),
  )
  const out: string[] = []
  const send = async (path: string, headers: Record<string, string>, body?: unknown) => {
    const answer = await fetch(opened.value.address + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    out.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`)
  }
  const admitted = { authorization: `Bearer ${adminKey}`, cookie: `c=${plant()}`, 'x-other': plant() }
  const messages = [{ role: 'user', content: 'Hello' }]
  const bodies = {
    '/v1/chat/completions': { messages },
    '/v1/messages': { messages, max_tokens: 5 },
    '/v1/responses': { input: 'Hello' },
    '/v1/embeddings': { input: 'Hello' },
  }
  for (const model of Object.keys(replies))
    for (const [path, body] of Object.entries(bodies)) {
      const stream = model === 'stream' && path !== '/v1/embeddings' ? { stream: true } : {}
      await send(`${path}?key=${plant()}`, admitted, { model: `house/${model}`, ...body, ...stream })
    }
  for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/key', '/admin/keys', '/none']) {
    await send(path, { authorization: `Bearer ${plant((text) => `am-${text}`)}` }, '{}')
    await send(`${path}?api_key=${plant()}`, { 'x-api-key': plant() })
    await send(path, admitted, `{"broken": "${plant()}`)
  }
  await send('/v1/chat/completions', admitted, {
    model: plant(),
    messages: [{ role: 'user', content: 'Hello' }],
  })
  await send('/admin/keys', admitted, { name: 'a', [plant()]: 1, scopes: [plant()] })
  await send('/admin/keys', admitted, { name: plant((text) => `${text} with a space`) })
  await opened.value.close()
  const reader = openLedgerReader(dir)
  assert.ok(reader.ok)
  const rows = [...reader.value.each()].map(({ json: row }) => row)
  reader.value.close()
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
  rmSync(dir, { recursive: true, force: true })
  assert.ok(planted.length >= 30, `${planted.length} planted`)
  assert.ok(
    rows.length >= 10 && events.length > 50 && out.length > 30,
    `${rows.length} ${events.length} ${out.length}`,
  )
  const places = { answers: out, events, log: [log()], rows, files }
  for (const [place, texts] of Object.entries(places))
    for (const secret of planted)
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')])
        assert.deepEqual(
          texts.filter((text) => text.includes(form)).map((text) => text.slice(0, 600)),
          [],
          `${form} in ${place}`,
        )
})
