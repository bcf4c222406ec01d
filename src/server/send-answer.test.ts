import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openaiInbound } from '../gateway/adapters/openai/adapter.ts'
import type { Chunk, ChunkFlow } from '../gateway/engine/engine-port.ts'
import { sendAnswer, sendText } from './send-answer.ts'

const meta = { requestId: 'req_1', attempts: 1, outcome: 'SUCCESS', dropped: [], simulated: false } as const
const event = (text: string) => `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`
const said = (text: string): Chunk => ({ raw: event(text), parts: [{ kind: 'text', choice: 0, text }] })
const end: Chunk = { raw: 'data: [DONE]\n\n', parts: [{ kind: 'end' }] }

async function* given(chunks: readonly Chunk[]): AsyncGenerator<Chunk> {
  yield* chunks
}

/** All but the last chunk come by `relay`. */
function relayed(chunks: readonly Chunk[]): ChunkFlow {
  const rest = given(chunks.slice(-1))
  return {
    async relay(take) {
      for (const chunk of chunks.slice(0, -1)) await take(chunk)
    },
    [Symbol.asyncIterator]: () => rest,
  }
}

/** Everything the server sends until it closes the connection. */
async function received(t: TestContext, chunks: () => ChunkFlow, head: string): Promise<string> {
  const request = { streamUsage: false } as Parameters<typeof sendAnswer>[0]['request']
  const server = createServer((_request, response) => {
    const sending = { response, inbound: openaiInbound, request, nowS: 1 }
    void sendAnswer(sending, { kind: 'stream', chunks: chunks(), meta })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  socket.write(head)
  await once(socket, 'close')
  return text
}

const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)

/** What chunks of a body say, by the lengths that stand in front of them. */
function unchunked(body: string): string {
  let rest = Buffer.from(body)
  let said = ''
  for (;;) {
    const lineEnd = rest.indexOf('\r\n')
    const length = Number.parseInt(rest.subarray(0, lineEnd).toString(), 16)
    const from = lineEnd + 2
    assert.equal(rest.subarray(from + length, from + length + 2).toString(), '\r\n')
    if (length === 0) {
      assert.equal(rest.length, from + 2)
      return said
    }
    said += rest.subarray(from, from + length).toString()
    rest = rest.subarray(from + length + 2)
  }
}

const texts = ['Hello', ' wörld', ' 日本 🙂', '.']
const chunks = [...texts.map(said), end]
const expected = `${texts.map(event).join('')}data: [DONE]\n\n`
const ways: readonly [name: string, flow: () => ChunkFlow][] = [
  ['by its iterator', () => given(chunks)],
  ['relayed', () => relayed(chunks)],
]
for (const [name, flow] of ways) {
  test(`stream ${name}: each chunk has its length in bytes, and the last is empty`, async (t) => {
    const answer = await received(t, flow, 'POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    assert.match(answer, /\r\ntransfer-encoding: chunked\r\n/i)
    assert.equal(unchunked(bodyOf(answer)), expected)
  })

  test(`stream ${name}: HTTP/1.0 knows no chunks`, async (t) => {
    const answer = await received(t, flow, 'POST / HTTP/1.0\r\n\r\n')
    assert.doesNotMatch(answer, /transfer-encoding/i)
    assert.equal(bodyOf(answer), expected)
  })

  test(`stream ${name}: two that are asked for at once come one behind the other`, async (t) => {
    const ask = (how: string) => `POST / HTTP/1.1\r\nhost: a\r\nconnection: ${how}\r\n\r\n`
    const answer = await received(t, flow, ask('keep-alive') + ask('close'))
    const [first = '', second = ''] = answer.split(/(?=HTTP\/1\.1 200)/)
    assert.equal(unchunked(bodyOf(first)), expected)
    assert.equal(unchunked(bodyOf(second)), expected)
  })
}

const broken = new Error('broken')
const request = 'POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'

test('stream: where relaying breaks, what is left comes by the iterator', async (t) => {
  const flow: ChunkFlow = {
    async relay(take) {
      for (const chunk of chunks.slice(0, 2)) await take(chunk)
      throw broken
    },
    [Symbol.asyncIterator]: () => given(chunks.slice(2)),
  }
  assert.equal(unchunked(bodyOf(await received(t, () => flow, request))), expected)
})

test('stream: where the iterator breaks, the connection is cut, and nothing says that this was all', async (t) => {
  async function* breaking() {
    yield* chunks.slice(0, 2)
    throw broken
  }
  const body = bodyOf(await received(t, breaking, request))
  assert.ok(body.includes(event(texts[1] ?? '')) && !body.endsWith('0\r\n\r\n'), body)
})

test('send: what an answer names itself stands in its head once', async (t) => {
  const server = createServer((_request, response) =>
    sendText(response, {
      status: 200,
      type: 'text/event-stream',
      headers: { 'cache-control': 'no-cache', 'x-request-id': 'a' },
      body: 'data: x',
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const [answer] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
    IncomingMessage,
  ]
  answer.resume()
  const { 'cache-control': control, vary, 'x-request-id': id } = answer.headersDistinct
  assert.deepEqual([control, vary, id], [['no-cache'], ['authorization, x-api-key'], ['a']])
})
