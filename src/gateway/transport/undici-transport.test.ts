/** The way out over real sockets of this machine; names are resolved by the test. */

import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Resolve } from './egress/guarded-connect.ts'
import { createUndiciTransport } from './undici-transport.ts'

interface Heard {
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

async function listen(t: TestContext, location?: string) {
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    heard.push({ url: request.url ?? '', headers: request.headers })
    response.writeHead(location ? 307 : 200, location ? { location } : {}).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { heard, port: (server.address() as AddressInfo).port }
}

function open(t: TestContext, resolve: Resolve) {
  const transport = createUndiciTransport({ connectMs: 500, resolve })
  t.after(() => transport.close())
  return (baseUrl: string, local: boolean, path = '/x') =>
    transport.send({
      baseUrl,
      path,
      local,
      headers: { 'x-api-key': 'canary', authorization: 'Bearer canary' },
      body: '{}',
      signal: new AbortController().signal,
    })
}

const always =
  (...addresses: readonly string[]): Resolve =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

const codeOf = (outcome: Awaited<ReturnType<ReturnType<typeof open>>>) =>
  outcome.ok ? outcome.value.status : outcome.fault.code

test('egress: a name that leads to this machine needs a provider that is local', async (t) => {
  const { port, heard } = await listen(t)
  const send = open(t, always('127.0.0.1'))
  assert.equal(codeOf(await send(`http://ollama.test:${port}`, false)), 'egress_refused')
  assert.equal(heard.length, 0)
  assert.equal(codeOf(await send(`http://ollama.test:${port}`, true)), 200)
  // The open connection of the local provider is not lent to the other.
  assert.equal(codeOf(await send(`http://ollama.test:${port}`, false)), 'egress_refused')
  assert.equal(heard.length, 1)
})

test('egress: numbers are held to the same, though they are never resolved', async (t) => {
  const { port, heard } = await listen(t)
  const send = open(t, always('8.8.8.8'))
  for (const host of ['127.0.0.1', '0x7f000001', '2130706433', '0177.0.0.1', '127.1', '[::ffff:7f00:1]'])
    assert.equal(codeOf(await send(`http://${host}:${port}`, false)), 'egress_refused', host)
  assert.equal(heard.length, 0)
  assert.equal(codeOf(await send(`http://127.0.0.1:${port}`, true)), 200)
})

test('egress: metadata is called by nobody, local or not', async (t) => {
  const addresses = [
    '169.254.169.254',
    'fd00:ec2::254',
    'fe80::1',
    '::ffff:169.254.169.254',
    '100.100.100.200',
  ]
  for (const address of addresses) {
    const send = open(t, always(address))
    for (const local of [false, true])
      assert.equal(codeOf(await send('http://metadata.test', local)), 'egress_refused', address)
  }
})

test('egress: one private address among public ones refuses the name', async (t) => {
  const send = open(t, always('93.184.216.34', '10.0.0.1'))
  assert.equal(codeOf(await send('http://mixed.test', false)), 'egress_refused')
})

test('egress: a name that changes its mind: what was checked is what is connected to', async (t) => {
  const { port, heard } = await listen(t)
  let asked = 0
  const send = open(t, (name, options, callback) => {
    asked += 1
    // Another place at each look.
    always(asked === 1 ? '192.0.2.1' : '127.0.0.1')(name, options, callback)
  })
  assert.equal(codeOf(await send(`http://rebind.test:${port}`, false)), 'egress_refused')
  assert.equal(asked, 1)
  assert.equal(codeOf(await send(`http://rebind.test:${port}`, false)), 'egress_refused')
  assert.equal(asked, 2)
  assert.equal(heard.length, 0)
})

test('egress: a resolver that tells one family and the socket another is not believed', async (t) => {
  const { port, heard } = await listen(t)
  const send = open(t, (_name, _options, callback) =>
    callback(null, [{ address: '::ffff:127.0.0.1', family: 6 }]),
  )
  assert.equal(codeOf(await send(`http://mapped.test:${port}`, false)), 'egress_refused')
  assert.equal(heard.length, 0)
})

test('egress: a redirect to another server is an answer like any other, and no key arrives there', async (t) => {
  const other = await listen(t)
  const first = await listen(t, `http://127.0.0.1:${other.port}/stolen`)
  const send = open(t, always('127.0.0.1'))
  assert.equal(codeOf(await send(`http://127.0.0.1:${first.port}`, true)), 307)
  assert.equal(first.heard[0]?.headers['x-api-key'], 'canary')
  assert.equal(other.heard.length, 0)
})

test('egress: no path leads to another host', async (t) => {
  const { port, heard } = await listen(t)
  const send = open(t, always('127.0.0.1'))
  for (const path of [
    '@evil.test/',
    '.evil.test/',
    '/../x',
    '/%2e%2e/x',
    '/x\r\nHost: evil.test',
    '\\\\evil.test',
  ])
    assert.equal(codeOf(await send(`http://127.0.0.1:${port}/v1`, true, path)), 'egress_refused', path)
  assert.equal(codeOf(await send(`http://127.0.0.1:${port}/v1`, true, '//evil.test/x')), 200)
  assert.deepEqual(
    heard.map(({ url, headers }) => [url, headers.host]),
    [['/v1//evil.test/x', `127.0.0.1:${port}`]],
  )
})

test('egress: a name without an address, and a resolver that fails, are faults', async (t) => {
  assert.equal(codeOf(await open(t, always())('http://nowhere.test', false)), 'egress_refused')
  const failing = open(t, (_name, _options, callback) =>
    callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []),
  )
  assert.equal(codeOf(await failing('http://nowhere.test', false)), 'upstream_unreachable')
})
