import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { createUndiciTransport } from './undici-transport.ts'

/** Streams one event, and ends after `endAfterMs`; never where that is undefined. */
async function open(t: TestContext, endAfterMs: number | undefined) {
  let connections = 0
  let closed = 0
  const server = createServer((_request, response) => {
    response.write('data: [DONE]\n\n')
    if (endAfterMs !== undefined) setTimeout(() => response.end(), endAfterMs)
  })
  server.on('connection', (socket) => {
    connections += 1
    socket.on('close', () => {
      closed += 1
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const transport = createUndiciTransport({ connectMs: 1_000 })
  t.after(async () => {
    await transport.close()
    server.close()
  })
  const call = async (signal = new AbortController().signal) => {
    const sent = await transport.send({
      baseUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
      path: '/x',
      local: true,
      headers: {},
      body: '{}',
      signal,
    })
    assert.ok(sent.ok)
    return sent.value.body
  }
  return { call, connections: () => connections, closed: () => closed }
}

const wait = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))
const readOnce = async (body: AsyncIterable<Uint8Array>) => {
  for await (const _bytes of body) break
}

test('transport: an answer left just before its end gives its connection to the next call', async (t) => {
  const { call, connections } = await open(t, 10)
  for (let calls = 0; calls < 3; calls += 1) {
    await readOnce(await call())
    await wait(40)
  }
  assert.equal(connections(), 1)
})

test('transport: an answer that was left and does not end loses its connection', async (t) => {
  const { call, closed } = await open(t, undefined)
  await readOnce(await call())
  await wait(200)
  assert.equal(closed(), 1)
})

test('transport: an answer that was left is cut at once where its call is ended', async (t) => {
  const { call, closed } = await open(t, undefined)
  const controller = new AbortController()
  await readOnce(await call(controller.signal))
  controller.abort()
  await wait(25)
  assert.equal(closed(), 1)
})
