import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { post } from './post.ts'

async function against(listener: RequestListener, withinMs: number) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await post(
      { url: `http://127.0.0.1:${port}/v1/traces`, headers: { 'x-key': 'k' }, body: '{}' },
      withinMs,
    )
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const rows: readonly [name: string, listener: RequestListener, expected: number | 'fault'][] = [
  ['an answer', (_request, response) => void response.end('{}'), 200],
  ['an error', (_request, response) => void response.writeHead(500).end(), 500],
  [
    'a redirect is not followed: headers carry keys',
    (_request, response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(),
    307,
  ],
  ['a sink that never answers', () => {}, 'fault'],
  ['a sink that hangs up', (request) => void request.socket.destroy(), 'fault'],
]
for (const [name, listener, expected] of rows) {
  test(`post: ${name}`, async () => {
    const answer = await against(listener, 300)
    assert.equal(answer.ok ? answer.value.status : 'fault', expected)
  })
}

test('post: an answer without end is let go', async () => {
  const endless: RequestListener = (_request, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(65_536)) && !response.destroyed);
    }
    response.on('drain', more)
    more()
  }
  const begun = performance.now()
  await against(endless, 2_000)
  assert.ok(performance.now() - begun < 2_500)
})
