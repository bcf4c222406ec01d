import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { failOnWarnings } from '../open-sandbox.ts'
import { openWorld } from './gateway-world.ts'

const heard: IncomingHttpHeaders[] = []
const answer = JSON.stringify({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
})
const provider = createServer((request, response) => {
  heard.push(request.headers)
  request.resume()
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
}).listen(0, '127.0.0.1')
await new Promise((resolve) => provider.once('listening', resolve))
after(() => {
  provider.close()
  provider.closeAllConnections()
})
const { port } = provider.address() as AddressInfo
const url = await openWorld([
  { name: 'anthropic', dialect: 'anthropic', address: `http://127.0.0.1:${port}` },
])
failOnWarnings()

const client = new Anthropic({ baseURL: url, apiKey: 'of-the-caller', maxRetries: 0 })
const params = { model: 'anthropic/m', max_tokens: 10, messages: [{ role: 'user' as const, content: 'Hi' }] }

test('anthropic client over anthropic: version and beta features of the body go with it, the caller’s key does not', async () => {
  await client.beta.messages.create({ ...params, betas: ['one-2026-01-01', 'two-2026-01-01'] })
  const headers = heard.at(-1)
  assert.equal(headers?.['anthropic-beta'], 'one-2026-01-01,two-2026-01-01')
  assert.match(String(headers?.['anthropic-version']), /^\d{4}-\d\d-\d\d$/)
  assert.equal(headers?.['x-api-key'], 'key-of-anthropic')
})

test('anthropic client: the id of the request is where the client looks for it', async () => {
  const { request_id, response } = await client.messages.create(params).withResponse()
  const id = response.headers.get('x-request-id')
  assert.match(id ?? '', /^req_/)
  assert.equal(request_id, id)
})
