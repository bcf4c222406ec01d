/** Callers that send their request a byte at a time: they are given a minute, and the others notice nothing (F37). */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startGateway } from '../e2e/gateway-process.ts'
import { openRig } from '../faults/rig.ts'
import { healthy, openWall } from '../faults/wall.ts'

const sleep = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))

test('a body of a byte a second is answered with 408, while others are served as ever', async () => {
  const wall = await openWall()
  wall.behave('t', 'a', healthy)
  const rig = await openRig(
    {
      providers: [{ name: 'a', dialect: 'openai', at: 't/a' }],
      routes: [{ name: 'chat', providers: ['a'] }],
    },
    wall,
  )
  const { hostname, port, host } = new URL(rig.gateway.address)
  const slow = Array.from({ length: 200 }, () => {
    const socket = connect(Number(port), hostname)
    let heard = ''
    socket.setEncoding('latin1').on('data', (text) => {
      heard += text
    })
    socket.on('error', () => {})
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n`,
    )
    return { socket, heard: () => heard }
  })
  const startMs = performance.now()
  let slowestMs = 0
  while (performance.now() - startMs < 75_000 && slow.some(({ socket }) => !socket.destroyed)) {
    for (const { socket } of slow) if (socket.writable) socket.write(' ')
    const healthyCall = await rig.caller.ask({
      url: rig.gateway.address,
      dialect: 'openai',
      model: 'chat',
      stream: false,
    })
    assert.equal(healthyCall.status, 200)
    slowestMs = Math.max(slowestMs, healthyCall.tookMs)
    await sleep(1_000)
  }
  assert.ok(
    slow.every(({ heard }) => heard().startsWith('HTTP/1.1 408')),
    'each slow caller hears 408',
  )
  assert.ok(slowestMs < 1_000, `${slowestMs} ms`)
  await rig.close()
})

test('headers that do not end are answered with 408 by one of several workers too', async () => {
  const config = 'providers: { p: { dialect: openai, base_url: "http://127.0.0.1:1/v1", keys: [k] } }\n'
  const team = await startGateway(config, { args: ['--workers', '2'] })
  const { port, host } = new URL(team.url)
  const startMs = performance.now()
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\n`)
  let heard = ''
  for await (const piece of socket) heard += piece
  assert.match(heard, /^HTTP\/1\.1 408/)
  assert.ok(performance.now() - startMs < 25_000)
  assert.equal(await team.end(), 0)
  team.remove()
})
