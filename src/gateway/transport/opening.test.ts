/** How the first bytes of an answer reach their reader. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createUndiciTransport } from './undici-transport.ts'

/** The bytes of each piece of an answer that a provider sends all at once. */
async function pieces(t: TestContext, contentType: string, text: string): Promise<readonly number[]> {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': contentType, 'content-length': text.length }).end(text),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const transport = createUndiciTransport({ connectMs: 1_000 })
  t.after(async () => {
    await transport.close()
    server.close()
  })
  const { signal } = new AbortController()
  const call = {
    baseUrl: `http://127.0.0.1:${port}`,
    path: '/x',
    local: true,
    headers: {},
    body: '{}',
    signal,
  }
  const sent = await transport.send(call)
  assert.ok(sent.ok)
  const sizes: number[] = []
  for await (const bytes of sent.value.body) sizes.push(bytes.length)
  return sizes
}

const rows = [
  {
    name: 'a stream that comes all at once: its first words go ahead',
    stream: true,
    length: 4_000,
    first: 1_024,
  },
  { name: 'a short stream: in one piece', stream: true, length: 1_000, first: 1_000 },
  { name: 'a whole answer: in one piece', stream: false, length: 4_000, first: 4_000 },
]
for (const { name, stream, length, first } of rows)
  test(`opening: ${name}`, async (t) => {
    const type = stream ? 'text/event-stream; charset=utf-8' : 'application/json'
    const sizes = await pieces(t, type, 'x'.repeat(length))
    assert.deepEqual(sizes, first === length ? [length] : [first, length - first])
  })
