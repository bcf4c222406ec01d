/** A provider that answers at once, or after so many ms as it is told, with a fixed body of about 1 kB, or a stream of 20 tokens. */

import { createServer } from 'node:http'

const waitMs = Number(process.argv[2] ?? 0)
const text = 'word '.repeat(140)
const common = { id: 'chatcmpl-bench', created: 1, model: 'small' }
const usage = { prompt_tokens: 200, completion_tokens: 140, total_tokens: 340 }
const whole = JSON.stringify({
  ...common,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  usage,
})
const chunk = (choices: readonly object[], rest: object = {}) =>
  `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices, ...rest })}\n\n`
const pieces = [
  ...Array.from({ length: 20 }, () =>
    chunk([{ index: 0, delta: { content: 'word ' }, finish_reason: null }]),
  ),
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  chunk([], { usage }),
  'data: [DONE]\n\n',
]

const server = createServer(async (request, response) => {
  let body = ''
  for await (const piece of request.setEncoding('utf8')) body += piece
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  if (!body.includes('"stream":true')) {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(whole),
    })
    response.end(whole)
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const piece of pieces) response.write(piece)
  response.end()
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
