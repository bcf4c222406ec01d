/** A caller that does not read: a stream of 200 MB waits at its provider, not in the gateway; and it comes whole when it is read. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { openWall, type Wall, type Way } from '../faults/wall.ts'
import { openaiChunk } from '../faults/wire-form.ts'

const megabytes = 200
const pieceBytes = 8_192
const pieces = (megabytes * 1_048_576) / pieceBytes

const long: Way = async (exchange) => {
  const { head, tail } = exchange.form.stream()
  const count = Number(/"max_tokens":(\d+)/.exec(exchange.call.body)?.[1] ?? pieces)
  const event = openaiChunk({ content: '~'.repeat(pieceBytes) })
  const gone = exchange.gone()
  exchange.openStream()
  for (const one of head) exchange.frame(one)
  for (let sent = 0; sent < count && !exchange.socket.destroyed; sent += 1) {
    exchange.frame(event)
    if (exchange.socket.writableNeedDrain)
      await Promise.race([new Promise((resolve) => exchange.socket.once('drain', resolve)), gone])
  }
  for (const one of tail) exchange.frame(one)
  exchange.closeStream()
}

let wall: Wall
let gateway: GatewayProcess
before(async () => {
  wall = await openWall()
  wall.behave('t', 'long', long)
  gateway = await startGateway(
    JSON.stringify({
      providers: { long: { dialect: 'openai', base_url: `${wall.url}/t/long`, keys: ['k'] } },
      routes: { chat: { targets: [{ provider: 'long', models: ['m'] }] } },
    }),
  )
})
after(async () => {
  await gateway.kill()
  gateway.remove()
  await wall.close()
})

const sleep = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))

function memoryMb(): number {
  const status = readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024
}

interface Call {
  readonly socket: Socket
  /** Bytes of content so far, and whether the end marker came. */
  heard(): { readonly content: number; readonly isEnded: boolean }
  readonly ended: Promise<void>
}

function ask(count: number): Call {
  const { hostname, port, host } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  const body = JSON.stringify({
    model: 'chat',
    stream: true,
    max_tokens: count,
    messages: [{ role: 'user', content: 'Hi' }],
  })
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  let content = 0
  let tail = ''
  socket.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 126) content += 1
    tail = (tail + chunk.toString('latin1')).slice(-64)
  })
  return {
    socket,
    heard: () => ({ content, isEnded: tail.includes('data: [DONE]') }),
    ended: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

test('an unread stream of 200 MB costs less than 20 MB, and comes whole when it is read', async () => {
  // The heap takes its working size first.
  for (let warm = 0; warm < 3; warm += 1) await ask(2_000).ended
  await sleep(1_000)
  const beforeMb = memoryMb()
  const call = ask(pieces)
  call.socket.pause()
  let mostMb = 0
  for (let look = 0; look < 50; look += 1) {
    await sleep(100)
    mostMb = Math.max(mostMb, memoryMb())
  }
  const sentMb = (wall.calls.at(-1)?.sentBytes ?? 0) / 1_048_576
  process.stdout.write(
    `unread: ${(mostMb - beforeMb).toFixed(1)} MB more memory, ${sentMb.toFixed(1)} MB taken from the provider\n`,
  )
  assert.ok(mostMb - beforeMb < 20, `${mostMb - beforeMb} MB`)
  assert.ok(sentMb < 40, `${sentMb} MB were taken from the provider`)
  call.socket.resume()
  await call.ended
  assert.equal(call.heard().content, megabytes * 1_048_576)
  assert.ok(call.heard().isEnded)
})

/** Memory while a hundred callers do not read, and then leave. */
async function unreadWave(): Promise<number> {
  const calls = Array.from({ length: 100 }, () => ask(2_000))
  for (const { socket } of calls) socket.pause()
  await sleep(5_000)
  const whileMb = memoryMb()
  for (const { socket } of calls) socket.destroy()
  await Promise.all(calls.map(({ ended }) => ended))
  const open = () => wall.calls.slice(-100).filter(({ closedAtMs }) => closedAtMs === undefined).length
  for (let look = 0; look < 30 && open() > 0; look += 1) await sleep(100)
  assert.equal(open(), 0, 'connections to the provider that were not left')
  return whileMb
}

test('a hundred callers that do not read cost a bounded amount, and leave nothing behind', async () => {
  // The first wave gives the heap its working size; what grows after it is held for somebody.
  const firstMb = await unreadWave()
  const grownMb = (await unreadWave()) - firstMb
  process.stdout.write(`100 unread: ${grownMb.toFixed(1)} MB more memory than the wave before\n`)
  assert.ok(grownMb < 100 * 0.0625 + 80, `${grownMb} MB`)
})
