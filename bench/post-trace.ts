/** Posts one large trace to be analysed, and chats meanwhile: `post-trace.ts URL KIND MEGABYTES MODEL`. */

import { once } from 'node:events'
import { request } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { stepText } from '../test/analyses/large-trace.ts'

const [url = '', kind = 'runs', megabytes = '19', model = ''] = process.argv.slice(2)
const bytes = Number(megabytes) * 1_048_576
/** All objects of a body together may have 250,000 names. */
const mostTiny = 80_000
const long = kind === 'long' ? 100 : 1

const written: Readonly<Record<string, (at: number) => string>> = {
  tiny: (at) => `{"id":"r${at}","name":"a","run_type":"llm"}`,
  runs: (at) => stepText(at, { asked: 45 * long, answered: 50 * long }),
}
const write = written[kind === 'tiny' ? 'tiny' : 'runs'] ?? (() => '{}')

function* body(): Generator<string> {
  yield `{"expected":"The agent should name the cheapest one",${model ? `"model":"${model}",` : ''}"trace":{"runs":[`
  let piece = ''
  let sent = 0
  for (let at = 0; sent < bytes && (kind !== 'tiny' || at < mostTiny); at += 1) {
    const run = (at === 0 ? '' : ',') + write(at)
    sent += run.length
    piece += run
    if (piece.length < 65_536) continue
    yield piece
    piece = ''
  }
  yield `${piece}]}}`
}

async function post(): Promise<{ readonly status: number; readonly id: string; readonly bytes: number }> {
  const call = request(`${url}/v1/analyses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  const came = once(call, 'response')
  let sent = 0
  for (const piece of body()) {
    sent += piece.length
    if (!call.write(piece)) await once(call, 'drain')
  }
  call.end()
  const [answer] = await came
  let text = ''
  for await (const piece of answer) text += piece
  return { status: answer.statusCode, id: JSON.parse(text).id ?? text, bytes: sent }
}

const waits: number[] = []
let isOver = false
async function chat(): Promise<void> {
  while (!isOver) {
    const beganMs = performance.now()
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'p0/analyst', messages: [{ role: 'user', content: 'Hello' }] }),
    })
    await answer.text()
    if (answer.status !== 200) throw new Error(`a chat ended with ${answer.status}`)
    waits.push(performance.now() - beganMs)
    await sleep(20)
  }
}

const chatting = chat()
const beganMs = performance.now()
const made = await post()
const takenMs = performance.now() - beganMs
let note = { status: made.id }
let answered = 0
while (made.status === 202) {
  const text = await (await fetch(`${url}/v1/analyses/${made.id}`)).text()
  answered = text.length
  note = JSON.parse(text)
  if (note.status !== 'running') break
  await sleep(200)
}
isOver = true
await chatting
const wait = (share: number) =>
  waits.toSorted((one, other) => one - other)[Math.floor(waits.length * share)] ?? 0
process.stdout.write(
  `${JSON.stringify({
    bytes: made.bytes,
    status: note.status,
    takenMs,
    allMs: performance.now() - beganMs,
    answered,
    chats: waits.length,
    chatP50Ms: wait(0.5),
    chatP99Ms: wait(0.99),
  })}\n`,
)
