/** Posts large bodies to an address, one after the other: `post-bodies.ts URL KIND MEGABYTES COUNT`. */

import { request } from 'node:http'

const [url = '', kind = 'text', megabytes = '19', count = '10'] = process.argv.slice(2)
const bytes = Number(megabytes) * 1_048_576

const line = 'The quick brown fox jumps over the lazy dog, and says "hello" to all of them.\n'
const contents: Readonly<Record<string, () => readonly object[]>> = {
  text: () => [{ role: 'user', content: line.repeat(bytes / (line.length + 3)) }],
  cjk: () => [{ role: 'user', content: '敏捷的棕色狐狸跳过了懒狗。'.repeat(bytes / 39) }],
  image: () => [
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: `data:image/png;base64,${'iVBORw0K'.repeat(bytes / 8)}` } },
      ],
    },
  ],
  messages: () =>
    Array.from({ length: bytes / 1_024 }, (_, at) => ({
      role: at % 2 === 0 ? 'user' : 'assistant',
      content: line.repeat(12),
    })),
}
const messages = contents[kind]?.() ?? []
const body = Buffer.from(JSON.stringify({ model: 'chat', messages }))

function post(): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length } },
      (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

const statuses = new Set<number>()
const startMs = performance.now()
for (let sent = 0; sent < Number(count); sent += 1) statuses.add(await post())
process.stdout.write(
  `${JSON.stringify({ bytes: body.length, statuses: [...statuses], eachMs: (performance.now() - startMs) / Number(count) })}\n`,
)
