import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import type { Transport, WireCall } from './transport.ts'
import { createUndiciTransport } from './undici-transport.ts'

/** Accepts and says nothing: over TLS the handshake never ends. */
let silent: Server
let port = 0
const sockets = new Set<Socket>()
before(async () => {
  silent = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.resume()
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
})
after(() => {
  for (const socket of sockets) socket.destroy()
  silent.close()
})

const wait = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))
const call = (signal: AbortSignal): WireCall => ({
  baseUrl: `https://127.0.0.1:${port}`,
  path: '/x',
  local: true,
  headers: {},
  body: '{}',
  signal,
})
const closing = async (transport: Transport, use: () => Promise<void>) => {
  try {
    await use()
  } finally {
    await transport.close()
  }
}

test('transport: a handshake that never ends is given up when its time is over, and its socket closed', async () => {
  const transport = createUndiciTransport({ connectMs: 300 })
  await closing(transport, async () => {
    const startMs = performance.now()
    const sent = await transport.send(call(new AbortController().signal))
    const tookMs = performance.now() - startMs
    assert.equal(sent.ok ? 'answered' : sent.fault.code, 'upstream_connect_timeout')
    assert.ok(tookMs > 250 && tookMs < 550, `${tookMs} ms`)
    await wait(50)
    assert.equal(sockets.size, 0)
  })
})

test('transport: a call that is ended before it has a connection ends at once, and its socket is closed', async () => {
  const transport = createUndiciTransport({ connectMs: 10_000 })
  await closing(transport, async () => {
    const controller = new AbortController()
    const sending = transport.send(call(controller.signal))
    await wait(100)
    assert.equal(sockets.size, 1)
    const startMs = performance.now()
    controller.abort()
    assert.equal((await sending).ok, false)
    await wait(50)
    assert.ok(performance.now() - startMs < 250)
    assert.equal(sockets.size, 0)
  })
})

test('transport: while another call waits for a connection, none is closed', async () => {
  const transport = createUndiciTransport({ connectMs: 700 })
  await closing(transport, async () => {
    const leaving = new AbortController()
    const first = transport.send(call(leaving.signal))
    const second = transport.send(call(new AbortController().signal))
    await wait(100)
    leaving.abort()
    await first
    await wait(50)
    assert.equal(sockets.size, 2)
    assert.equal((await second).ok, false)
  })
})

test('transport: a call that was ended before is not sent', async () => {
  const transport = createUndiciTransport({ connectMs: 300 })
  await closing(transport, async () => {
    assert.equal((await transport.send(call(AbortSignal.abort()))).ok, false)
    await wait(50)
    assert.equal(sockets.size, 0)
  })
})
