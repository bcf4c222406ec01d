/** What a provider of the caller's own dialect is sent: the caller's bytes, with its own model in the place of the caller's. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { withGateway } from '../../bench/own-gateway.ts'

const sent: string[] = []
const answer = JSON.stringify({
  id: 'a',
  object: 'chat.completion',
  model: 'small',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
})
const events = [{ content: 'Yes.' }, {}].map((delta, at) =>
  JSON.stringify({ id: 'a', choices: [{ index: 0, delta, finish_reason: at === 0 ? null : 'stop' }] }),
)
const provider = createServer(async (request, response) => {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  const body = Buffer.concat(pieces).toString()
  sent.push(body)
  const isStream = body.includes('"stream": true')
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
  response.end(isStream ? [...events, '[DONE]'].map((data) => `data: ${data}\n\n`).join('') : answer)
})
await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
after(() => provider.close())
const address = provider.address()
const port = typeof address === 'object' ? address?.port : 0
const config = {
  providers: { up: { dialect: 'openai', base_url: `http://127.0.0.1:${port}/v1`, keys: ['k'] } },
  routes: { chat: { targets: [{ provider: 'up', models: ['small "1"'] }] } },
}

const messages = '"messages": [{"role": "user", "content": "caf\\u00e9 日本 🙂"}]'
const rows: readonly [name: string, body: string | Buffer, sent: string | RegExp][] = [
  [
    'white space, escapes and numbers as they came',
    `{ ${messages}, "temperature": 1.0, "custom": 12345678901234567890, "model" : "chat" }`,
    `{ ${messages}, "temperature": 1.0, "custom": 12345678901234567890, "model" : "small \\"1\\"" }`,
  ],
  [
    'a body of many pieces',
    `{"model":"chat", "messages": [{"role": "user", "content": "${'größer '.repeat(60_000)}"}]}`,
    `{"model":"small \\"1\\"", "messages": [{"role": "user", "content": "${'größer '.repeat(60_000)}"}]}`,
  ],
  [
    'a stream also asks for usage',
    `{"model":"chat", "stream": true, ${messages}}`,
    `{"model":"small \\"1\\"","stream_options":{"include_usage":true}, "stream": true, ${messages}}`,
  ],
  [
    'what is for the gateway alone is taken out',
    `{"model":"chat", ${messages}, "adaptive": {"metadata": {"a": "b"}}}`,
    /^\{"model":"small \\"1\\"","messages":\[\{"role":"user","content":"café 日本 🙂"\}\]\}$/,
  ],
  [
    'bytes that are no text are not passed on',
    Buffer.concat([
      Buffer.from(`{"model":"chat", "messages": [{"role": "user", "content": "`),
      Buffer.of(0xff),
      Buffer.from('"}]}'),
    ]),
    /^\{"model":"small \\"1\\"","messages":\[\{"role":"user","content":"\ufffd"\}\]\}$/,
  ],
  [
    'a model that is named twice is written anew',
    `{"model":"other", ${messages}, "model":"chat"}`,
    /^\{"model":"small \\"1\\"","messages":\[[^\]]*\]\}$/,
  ],
]

test('verbatim: providers of the caller’s dialect are sent its own bytes', async (t) => {
  await withGateway(config, async (url) => {
    for (const [name, body, expected] of rows)
      await t.test(`verbatim: ${name}`, async () => {
        sent.length = 0
        const got = await fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
        assert.equal(got.status, 200, await got.text())
        assert.equal(sent.length, 1)
        if (typeof expected === 'string') assert.equal(sent[0], expected)
        else assert.match(sent[0] ?? '', expected)
      })
  })
})
