/** The endpoints beside chat, and a configuration that changes while the gateway runs. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { startGateway } from './gateway-process.ts'

const post = async (url: string, body: unknown) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, headers: answer.headers, body: await jsonOf(answer) }
}
/** Answers are looked into freely: a field that is missing fails the assertion that asks for it. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the test finds out.
const jsonOf = (answer: Response): Promise<any> => answer.json()
const hello = { model: 'chat', messages: [{ role: 'user', content: 'Hello' }] }

test('explain: every candidate in order, keys, limits, and nothing is called or recorded', async (t) => {
  const gateway = await startGateway()
  t.after(() => gateway.remove())
  const { status, body } = await post(`${gateway.url}/v1/explain`, {
    ...hello,
    adaptive: { deadline_ms: 900 },
  })
  assert.equal(status, 200)
  assert.deepEqual(
    body.candidates.map(({ provider, model }: { provider: string; model: string }) => `${provider}/${model}`),
    ['sandbox/small', 'sandbox/large'],
  )
  assert.equal(body.candidates[0].keys.length, 2)
  assert.equal(body.candidates[0].keys[0].standing, 'free')
  assert.equal(body.limits.totalMs, 900)
  assert.ok(body.estimatedTokens.input > 0)
  const unknown = await post(`${gateway.url}/v1/explain`, { ...hello, model: 'no-such' })
  assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'model_not_found'])
  assert.equal(await gateway.end(), 0)
  assert.equal(gateway.ledger('list').trim(), '[]')
})

test('openapi: describes the endpoints that are served', async (t) => {
  const gateway = await startGateway()
  t.after(() => gateway.remove())
  const described = await jsonOf(await fetch(`${gateway.url}/openapi.json`))
  assert.match(described.openapi, /^3\.1/)
  const chat = described.paths['/v1/chat/completions'].post.requestBody.content['application/json'].schema
  assert.ok(chat.properties.messages && chat.required.includes('model'))
  for (const [path, methods] of Object.entries(described.paths))
    for (const method of Object.keys(methods as object)) {
      const answer = await fetch(gateway.url + path.replace('{id}', 'chat'), {
        method: method.toUpperCase(),
        ...(method === 'post' || method === 'put'
          ? { headers: { 'content-type': 'application/json' }, body: '{}' }
          : {}),
      })
      // There is no key, no provider and no request of that name.
      const named = path.includes('{')
      // Files come as forms.
      const isForm = method === 'post' && path === '/v1/files'
      const expected = isForm ? [415] : named ? [200, 400, 404] : [200, 400]
      assert.ok(expected.includes(answer.status), `${method} ${path}: ${answer.status}`)
      if (answer.status === 404)
        assert.notEqual((await jsonOf(answer)).error?.code, 'unknown_path', `${method} ${path}`)
    }
  await gateway.end()
})

test('models: what is known of the models of a provider whose key stands in the environment', async (t) => {
  const gateway = await startGateway(undefined, { env: { OPENAI_API_KEY: 'x' } })
  t.after(() => gateway.remove())
  const { data } = await jsonOf(await fetch(`${gateway.url}/v1/models`))
  const known = data.find(({ id }: { id: string }) => id === 'openai/gpt-4.1')
  assert.ok(known.context_length > 100_000)
  assert.equal(known.capabilities.tools, true)
  assert.match(known.pricing.input_per_million_usd, /^\d+\.\d+$/)
  await gateway.end()
})

test('hot reload: a valid change is in force for the next request, a wrong one is told and left', async (t) => {
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const yaml = (model: string) =>
    `providers: { house: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k1] } }\nroutes: { chat: { targets: [ { provider: house, models: [${model}] } ] } }\n`
  const gateway = await startGateway(yaml('first'))
  t.after(async () => {
    gateway.remove()
    await sandbox.close()
  })
  const model = async () =>
    (await post(`${gateway.url}/v1/chat/completions`, hello)).headers.get('x-adaptive-model')
  const until = async (says: RegExp) => {
    for (let turn = 0; turn < 100 && !says.test(gateway.errors()); turn += 1) await pause(50)
    assert.match(gateway.errors(), says)
  }
  assert.equal(await model(), 'first')
  writeFileSync(join(gateway.dir, 'gateway.yaml'), yaml('second'))
  await until(/is in force now: routes/)
  assert.equal(await model(), 'second')
  writeFileSync(join(gateway.dir, 'gateway.yaml'), `${yaml('third')}timeouts: { total_ms: -1 }\n`)
  await until(/the old configuration stays: .*timeouts\.total_ms/)
  assert.equal(await model(), 'second')
  assert.equal(await gateway.end(), 0)
})

test('proxy: HTTPS_PROXY and HTTP_PROXY are used for providers, and not for this machine', async (t) => {
  const seen: string[] = []
  const proxy = createServer((_request, response) => response.writeHead(502).end())
  proxy.on('connect', (request, socket) => {
    seen.push(String(request.url))
    socket.end('HTTP/1.1 502 no\r\n\r\n')
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const gateway = await startGateway(
    `providers:
  far: { dialect: openai, base_url: "https://models.example/v1", keys: [k1], models: [m] }
  near: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k1], models: [m] }
routes: { chat: { targets: [ { provider: far, models: [m] }, { provider: near, models: [m] } ] } }
attempts: { base_ms: 1 }
`,
    { env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, HTTP_PROXY: `http://127.0.0.1:${port}` } },
  )
  t.after(async () => {
    gateway.remove()
    await sandbox.close()
    proxy.close()
  })
  const answer = await post(`${gateway.url}/v1/chat/completions`, hello)
  assert.equal(answer.headers.get('x-adaptive-provider'), 'near')
  assert.ok(seen.length > 0 && seen.every((to) => to === 'models.example:443'), seen.join())
  await gateway.end()
})

test('messages: Anthropic’s own client is answered over a provider of OpenAI’s dialect', async (t) => {
  const gateway = await startGateway()
  t.after(() => gateway.remove())
  const client = new Anthropic({ baseURL: gateway.url, apiKey: 'none', maxRetries: 0 })
  const asked = { model: 'chat', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] }
  const whole = await client.messages.create(asked)
  assert.match(whole.content[0]?.type === 'text' ? whole.content[0].text : '', /simulated answer/)
  assert.equal(whole.stop_reason, 'end_turn')
  assert.ok(whole.usage.output_tokens > 0)
  const streamed = await client.messages.stream(asked).finalMessage()
  assert.deepEqual(streamed.content, whole.content)
  await assert.rejects(client.messages.create({ ...asked, model: 'no-such' }), Anthropic.NotFoundError)
  await gateway.end()
})
