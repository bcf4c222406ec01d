/** Certificates (F14): an authority that was added is believed, and what it does not vouch for is never called. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { after, before, test } from 'node:test'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { forms } from './forms.ts'

const folder = new URL('certificates/', import.meta.url)
const pem = (name: string) => readFileSync(new URL(`${name}.pem`, folder))
const names = ['good', 'expired', 'wrong-name', 'self-signed'] as const

let gateway: GatewayProcess
const servers: Server[] = []
/** Requests that got through the handshake, by certificate. */
const heard: string[] = []
before(async () => {
  const ports = await Promise.all(names.map(listen))
  const provider = (at: number) => ({
    dialect: 'openai',
    base_url: `https://127.0.0.1:${ports[at]}/v1`,
    keys: ['k'],
  })
  const config = {
    providers: Object.fromEntries(names.map((name, at) => [name, provider(at)])),
    routes: Object.fromEntries(names.map((name) => [name, { targets: [{ provider: name, models: ['m'] }] }])),
    attempts: { base_ms: 1, max_ms: 1 },
  }
  const env = { NODE_EXTRA_CA_CERTS: new URL('authority.pem', folder).pathname }
  gateway = await startGateway(JSON.stringify(config), { env })
})
after(async () => {
  await gateway.kill()
  gateway.remove()
  for (const server of servers) server.close()
})

function listen(name: string): Promise<number> {
  const server = createServer({ key: pem(`${name}-key`), cert: pem(name) }, (request, response) => {
    heard.push(name)
    request.resume()
    response.setHeader('content-type', 'application/json').end(JSON.stringify(forms.openai.whole('Hi')))
  })
  servers.push(server)
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    }),
  )
}

const rows: readonly [name: (typeof names)[number], status: number][] = [
  ['good', 200],
  ['expired', 502],
  ['wrong-name', 502],
  ['self-signed', 502],
]
for (const [name, status] of rows)
  test(`certificate: ${name}`, async () => {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: name, messages: [{ role: 'user', content: 'Hi' }] }),
    })
    const body = await answer.text()
    assert.equal(answer.status, status, body)
    if (status === 502) assert.match(body, /the TLS certificate is not valid/)
    assert.equal(heard.includes(name), status === 200)
  })
