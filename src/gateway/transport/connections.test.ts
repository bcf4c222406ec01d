import assert from 'node:assert/strict'
import { createServer, type Server, Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { openConnections } from './connections.ts'
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
    assert.ok(tookMs > 250 && tookMs < 900, `${tookMs} ms`)
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
    assert.ok(performance.now() - startMs < 300)
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

test('transport: a name that is never resolved is given up when the time of the connection is over', async () => {
  const transport = createUndiciTransport({ connectMs: 300, resolve: () => {} })
  await closing(transport, async () => {
    const startMs = performance.now()
    const sent = await transport.send({
      ...call(new AbortController().signal),
      baseUrl: 'https://hangs.test',
    })
    assert.equal(sent.ok ? 'answered' : sent.fault.code, 'upstream_connect_timeout')
    const tookMs = performance.now() - startMs
    assert.ok(tookMs > 250 && tookMs < 2_000, `${tookMs} ms`)
  })
})

test('transport: a call that waits for its turn on a full pool ends at once, and is never sent', async () => {
  const heard: string[] = []
  const answering = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.on('data', (bytes) => {
      const path = bytes.toString('latin1').split(' ')[1] ?? ''
      heard.push(path)
      if (path === '/last') socket.end('HTTP/1.1 204 No Content\r\n\r\n')
      else setTimeout(() => socket.write('HTTP/1.1 204 No Content\r\n\r\n'), 400)
    })
  })
  await new Promise<void>((resolve) => answering.listen(0, '127.0.0.1', resolve))
  const address = answering.address()
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const transport = createUndiciTransport({ connectMs: 1_000, connections: 1 })
  await closing(transport, async () => {
    const send = (path: string, signal = new AbortController().signal) =>
      transport.send({ ...call(signal), baseUrl, path })
    const first = send('/first')
    await wait(50)
    const leaving = new AbortController()
    const second = send('/second', leaving.signal)
    await wait(50)
    const startMs = performance.now()
    leaving.abort()
    assert.equal((await second).ok, false)
    assert.ok(performance.now() - startMs < 300)
    assert.equal((await first).ok, true)
    assert.equal((await send('/last')).ok, true)
    assert.deepEqual(heard, ['/first', '/last'])
  })
  answering.close()
})

test('connections: who left twice counts once, and who was given a connection no more', () => {
  const opened = new Socket().on('error', () => {})
  const { connect, wait: begin } = openConnections(() => opened, 10)
  connect({ hostname: 'never.test', protocol: 'http:', port: '1' }, () => {})
  const [one, two, three] = [begin(), begin(), begin()]
  one.left()
  one.left()
  one.started()
  two.left()
  assert.equal(opened.destroyed, false, 'the third waits')
  three.started()
  three.left()
  assert.equal(opened.destroyed, false, 'the third was given one')
  begin().left()
  assert.equal(opened.destroyed, true)
})
