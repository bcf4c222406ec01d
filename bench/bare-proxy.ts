/** What the gateway is measured against: passes bodies on unread, over `node:http` and an undici `Pool`. */

import { createServer } from 'node:http'
import { Pool } from 'undici'
import { keepYoung } from '../src/cli/keep-young.ts'

const upstream = process.argv[2] ?? ''
const connections = Number(process.argv[3] ?? 128)
const pool = new Pool(upstream, { connections })

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const answer = await pool.request({
    method: 'POST',
    path: request.url ?? '/',
    headers: { 'content-type': 'application/json' },
    body: Buffer.concat(chunks),
  })
  const type = String(answer.headers['content-type'])
  response.writeHead(answer.statusCode, { 'content-type': type })
  if (type.includes('event-stream')) {
    for await (const chunk of answer.body) response.write(chunk)
    response.end()
  } else response.end(Buffer.from(await answer.body.arrayBuffer()))
})
// As the gateway does it.
keepYoung()
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
