/** Callers that misbehave, on raw sockets: what is refused reaches no provider, and the gateway lives on (F37, F38). */

import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { isRecord, parseJson } from '../../src/base/text.ts'
import { flood, neverAnswers, streams } from './bad-ways.ts'
import { openRig, type Rig } from './rig.ts'
import { healthy, openWall } from './wall.ts'

let rig: Rig
before(async () => {
  const wall = await openWall()
  wall.behave('t', 'good', healthy)
  wall.behave('t', 'silent', neverAnswers)
  wall.behave(
    't',
    'flood',
    streams(
      ({ head }) => head,
      (exchange) => flood(200_000_000, exchange.form.stream().words.join(''))(exchange),
    ),
  )
  const names = ['good', 'silent', 'flood']
  rig = await openRig(
    {
      providers: names.map((name) => ({ name, dialect: 'openai' as const, at: `t/${name}` })),
      routes: names.map((name) => ({ name, providers: [name] })),
      settings: { timeouts: { total_ms: 20_000, first_token_ms: 15_000, response_ms: 15_000 } },
    },
    wall,
  )
})
after(() => rig.close())

const sleep = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))
const body = (rest: object = {}) =>
  JSON.stringify({ model: 'good', messages: [{ role: 'user', content: 'Hi' }], ...rest })
const head = (lines: readonly string[], length?: number) =>
  [
    'POST /v1/chat/completions HTTP/1.1',
    ...lines,
    ...(length === undefined ? [] : [`Content-Length: ${length}`]),
    '',
    '',
  ].join('\r\n')
const usual = (host: string) => [`Host: ${host}`, 'Content-Type: application/json']

function dial(): { socket: Socket; host: string; heard: () => string; closed: Promise<void> } {
  const { hostname, port, host } = new URL(rig.gateway.address)
  const socket = connect(Number(port), hostname)
  let heard = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    heard += chunk
  })
  socket.on('error', () => {})
  return {
    socket,
    host,
    heard: () => heard,
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

/** Status of the first answer; 0 where the connection was closed without one. */
async function statusOf(write: (host: string) => string | Buffer): Promise<number> {
  const { socket, host, heard, closed } = dial()
  socket.write(write(host))
  for (let look = 0; look < 400 && heard() === '' && !socket.destroyed; look += 1) await sleep(10)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(heard())?.[1] ?? 0)
  socket.destroy()
  await closed
  return status
}

const withBody = (text: string) => (host: string) => head(usual(host), Buffer.byteLength(text)) + text
const keys = (count: number) =>
  `{${Array.from({ length: count }, (_, at) => `"k${at}":1`).join()},"model":"good","messages":[{"role":"user","content":"Hi"}]}`

/** `reaches`: calls that arrive at the provider. */
const rows: readonly [
  name: string,
  write: (host: string) => string,
  statuses: readonly number[],
  reaches: number,
][] = [
  ['a body larger than the limit, by its length', (host) => head(usual(host), 104_857_600), [413], 0],
  [
    'JSON nested 10,000 deep',
    withBody(`{"model":"good","messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
    [400],
    0,
  ],
  ['a million keys', withBody(keys(1_000_000)), [400], 0],
  ['a thousand keys', withBody(keys(990)), [200], 1],
  ['the same key twice', withBody(body().replace('"model"', '"model":"nowhere","model"')), [200], 1],
  [
    '__proto__',
    withBody(body().replace('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{}},')),
    [200],
    1,
  ],
  ['half a surrogate pair', withBody(body().replace('Hi', '\\ud800')), [200], 1],
  ['NUL in a message', withBody(body().replace('Hi', '\\u0000')), [200], 1],
  ['bytes that are not UTF-8', (host) => `${head(usual(host), 3)}\xff\xfe\xfd`, [400], 0],
  [
    'content-length and transfer-encoding',
    (host) => `${head([...usual(host), 'Transfer-Encoding: chunked'], 5)}0\r\n\r\n`,
    [400],
    0,
  ],
  ['two content-lengths', (host) => `${head([...usual(host), 'Content-Length: 3'], 5)}{}{}{`, [400], 0],
  [
    'a bare line feed',
    (host) => `${head([`Host: ${host}\nX-A: b`, 'Content-Type: application/json'], 2)}{}`,
    [400],
    0,
  ],
  ['no Host', () => `${head(['Content-Type: application/json'], 2)}{}`, [400], 0],
  ['headers of 40 kB', (host) => `${head([...usual(host), `X-A: ${'x'.repeat(40_000)}`], 2)}{}`, [431], 0],
  ['not HTTP', () => '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03', [400], 0],
  [
    'a chunk of no size',
    (host) => `${head([...usual(host), 'Transfer-Encoding: chunked'])}zz\r\n`,
    [400, 499, 0],
    0,
  ],
]

suite('callers that misbehave', () => {
  for (const [name, write, statuses, reaches] of rows)
    test(`F38 ${name}`, async () => {
      const before = rig.wall.calls.length
      const status = await statusOf(write)
      assert.ok(statuses.includes(status), `status ${status}`)
      await sleep(20)
      const calls = rig.wall.calls.slice(before)
      assert.equal(calls.length, reaches)
      for (const call of calls) {
        const sent = parseJson(call.body)
        assert.ok(isRecord(sent) && Object.hasOwn(sent, 'messages'), 'the provider is sent JSON')
        assert.equal(sent['stream'] ?? false, false)
      }
      assert.equal(await statusOf(withBody(body())), 200)
    })

  test('F38 a chunked body without end is answered with 413, and cut off', async () => {
    const { socket, host, heard, closed } = dial()
    const before = rig.wall.calls.length
    socket.write(head([...usual(host), 'Transfer-Encoding: chunked']))
    const chunk = `100000\r\n${'x'.repeat(1_048_576)}\r\n`
    let sent = 0
    for (; sent < 200 && !socket.destroyed; sent += 1) {
      if (socket.write(chunk)) continue
      await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve)), sleep(500)])
    }
    await Promise.race([closed, sleep(1_000)])
    assert.match(heard(), /^HTTP\/1\.1 413/)
    assert.ok(socket.destroyed, 'the connection is closed')
    assert.ok(sent < 100, `${sent} MB were taken`)
    assert.equal(rig.wall.calls.length, before)
  })

  test('F37 a caller that ends its side after the request: the provider is left, nothing hangs', async () => {
    const { socket, host, closed } = dial()
    const text = body({ model: 'silent', stream: true })
    const before = rig.wall.calls.length
    socket.write(head(usual(host), Buffer.byteLength(text)) + text)
    for (let look = 0; look < 200 && rig.wall.calls.length === before; look += 1) await sleep(10)
    socket.end()
    await Promise.race([closed, sleep(2_000)])
    await sleep(250)
    assert.notEqual(rig.wall.calls.at(-1)?.closedAtMs, undefined)
  })

  test('F37 a caller that does not read: the provider is paused, and left when the caller goes', async () => {
    const { socket, host, closed } = dial()
    socket.pause()
    const text = body({ model: 'flood', stream: true })
    const before = rig.wall.calls.length
    socket.write(head(usual(host), Buffer.byteLength(text)) + text)
    for (let look = 0; look < 200 && rig.wall.calls.length === before; look += 1) await sleep(10)
    const call = rig.wall.calls.at(-1)
    let sent = -1
    for (let look = 0; look < 40 && sent !== call?.sentBytes; look += 1) {
      sent = call?.sentBytes ?? 0
      await sleep(250)
    }
    assert.ok(sent > 0 && sent < 150_000_000, `${sent} bytes of 200 MB were taken`)
    assert.equal(call?.sentBytes, sent, 'the provider still sends after 10 s')
    assert.equal(rig.gateway.running(), 1)
    socket.destroy()
    await closed
    for (let look = 0; look < 40 && rig.gateway.running() > 0; look += 1) await sleep(10)
    assert.equal(rig.gateway.running(), 0)
    assert.notEqual(call?.closedAtMs, undefined)
  })

  test('F37 a caller that leaves in the middle of its body reaches nobody', async () => {
    const before = rig.wall.calls.length
    const { socket, host, closed } = dial()
    socket.write(`${head(usual(host), 500)}{"model":"good"`)
    await sleep(50)
    socket.destroy()
    await closed
    await sleep(50)
    assert.equal(rig.wall.calls.length, before)
    assert.equal(await statusOf(withBody(body())), 200)
  })
})
