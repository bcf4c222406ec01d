import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { createUndiciTransport } from './undici-transport.ts'

test('transport: a connection that does not come up ends at the limit of its own call', async (t) => {
  // It takes connections and never shakes hands.
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const transport = createUndiciTransport({ connectMs: 60_000 })
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    await transport.close()
    await new Promise((resolve) => server.close(resolve))
  })
  const startedAtMs = systemClock.monoMs()
  const outcome = await transport.send({
    baseUrl: `https://127.0.0.1:${port}`,
    path: '/v1',
    local: true,
    headers: {},
    body: '{}',
    connectMs: 50,
    signal: new AbortController().signal,
  })
  assert.equal(outcome.ok ? 'answered' : outcome.fault.code, 'upstream_connect_timeout')
  assert.ok(systemClock.monoMs() - startedAtMs < 5_000)
})
