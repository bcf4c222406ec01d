/** A provider that streams 200 tokens at 20 tokens a second to everyone, each in its own time: one timer for all, so that it costs little. */

import { createServer, type ServerResponse } from 'node:http'

const tokens = 200
const everyMs = 50
const common = { id: 'chatcmpl-bench', created: 1, model: 'small', object: 'chat.completion.chunk' }
const event = (choices: readonly object[], rest: object = {}) =>
  `data: ${JSON.stringify({ ...common, choices, ...rest })}\n\n`
const token = event([{ index: 0, delta: { content: 'word ' }, finish_reason: null }])
const end = [
  event([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  event([], { usage: { prompt_tokens: 9, completion_tokens: tokens, total_tokens: tokens + 9 } }),
  'data: [DONE]\n\n',
].join('')

/** Streams by the millisecond, of every 50, in which they began. */
const slots = Array.from({ length: everyMs }, () => new Map<ServerResponse, number>())
const slotAt = (ms: number) => slots[Math.floor(ms) % everyMs] ?? new Map<ServerResponse, number>()
let tickedMs = Math.floor(performance.now())
setInterval(() => {
  for (; tickedMs < performance.now() - 1; tickedMs += 1) tick(slotAt(tickedMs))
}, 1)

function tick(open: Map<ServerResponse, number>): void {
  for (const [response, sent] of open) {
    if (sent < tokens) {
      response.write(token)
      open.set(response, sent + 1)
      continue
    }
    open.delete(response)
    response.end(end)
  }
}

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(token)
    const open = slotAt(performance.now() + everyMs - 2)
    open.set(response, 1)
    response.on('close', () => open.delete(response))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
