/** The profile for the phone over real sockets and real time: a first provider that stalls, a second that takes 300 ms. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Agent } from 'undici'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { startGateway } from '../e2e/gateway-process.ts'

const requests = 1_000
const perSecond = 100
const boundMs = 2_050

let stalling: Sandbox
let slow: Sandbox
before(async () => {
  const start = () => startSandbox({ inbound: inboundAdapters, clock: systemClock })
  ;[stalling, slow] = await Promise.all([start(), start()])
  stalling.setRules([{ stall: true }])
  slow.setRules([{ delay_ms: 300 }])
})
after(async () => {
  await stalling.close()
  await slow.close()
})

for (const stream of [false, true])
  test(`phone: ${requests} requests at ${perSecond} a second (${stream ? 'streamed' : 'whole'})`, async (t) => {
    const gateway = await startGateway(`providers:
  first: { dialect: openai, base_url: "${stalling.address}/v1", keys: [k] }
  second: { dialect: openai, base_url: "${slow.address}/v1", keys: [k] }
routes: { chat: { profile: phone, targets: [ { provider: first, models: [m] }, { provider: second, models: [m] } ] } }
`)
    t.after(async () => {
      await gateway.kill()
      gateway.remove()
    })
    const agent = new Agent({ connections: 500 })
    const endedMs: number[] = []
    let answered = 0
    const ask = async (at: number) => {
      const startMs = performance.now()
      const answer = await agent.request({
        origin: gateway.url,
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'chat', stream, messages: [{ role: 'user', content: `call ${at}` }] }),
      })
      let firstMs: number | undefined
      for await (const _ of answer.body) firstMs ??= performance.now() - startMs
      endedMs.push(stream ? (firstMs ?? Number.POSITIVE_INFINITY) : performance.now() - startMs)
      if (answer.statusCode === 200) answered += 1
    }
    const beginMs = performance.now()
    const running: Promise<void>[] = []
    for (let at = 0; at < requests; at += 1) {
      await systemClock.sleep(Math.max(0, beginMs + (at * 1_000) / perSecond - performance.now()))
      running.push(ask(at))
    }
    await Promise.all(running)
    await agent.close()
    const slowestMs = Math.max(...endedMs)
    t.diagnostic(`${answered} of ${requests} answered, the slowest after ${Math.round(slowestMs)} ms`)
    assert.ok(answered >= requests * 0.99, `${answered} answered`)
    assert.ok(slowestMs <= boundMs, `the slowest took ${Math.round(slowestMs)} ms`)
  })
