/** A caller who leaves: the provider's socket is closed within 250 ms in every phase, counted on the provider's side. */

import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { after, before, suite, test } from 'node:test'
import type { Dialect } from '../../src/protocol/chat.ts'
import { breaksAfter, endless, fails, hangsUp, neverAnswers, pings, says } from './bad-ways.ts'
import { openRig, type Rig } from './rig.ts'
import { openWall, type Way } from './wall.ts'

const barMs = 250
/** The bar is the gateway's; a machine that is busy with other work is given a second and a third chance. */
const chances = 3

interface Phase {
  readonly name: string
  readonly stream: boolean
  readonly first: Way
  /** Who is being called when the caller leaves; absent: nobody, as the gateway waits. */
  readonly second?: Way
  /** Calls that must have been made before the caller leaves, first and second together. */
  readonly calls: number
  /** Ms between that and leaving. */
  readonly afterMs: number
}

const phases: readonly Phase[] = [
  { name: 'first token', stream: true, first: neverAnswers, calls: 1, afterMs: 50 },
  {
    name: 'preamble',
    stream: true,
    first: breaksAfter({ words: 0, by: neverAnswers }),
    calls: 1,
    afterMs: 200,
  },
  {
    name: 'only pings',
    stream: true,
    first: async (exchange) => {
      exchange.openStream()
      await pings(exchange)
    },
    calls: 1,
    afterMs: 100,
  },
  {
    name: 'stream in silence',
    stream: true,
    first: breaksAfter({ words: 20, by: neverAnswers }),
    calls: 1,
    afterMs: 300,
  },
  { name: 'stream in full flow', stream: true, first: endless, calls: 1, afterMs: 200 },
  { name: 'not streamed', stream: false, first: neverAnswers, calls: 1, afterMs: 50 },
  {
    name: 'not streamed, half an answer',
    stream: false,
    first: async ({ head, raw, gone }) => {
      head(200, { 'content-type': 'application/json', 'content-length': '900' })
      raw('{"id":"x"')
      await gone()
    },
    calls: 1,
    afterMs: 100,
  },
  {
    name: 'an error whose body does not end',
    stream: false,
    first: async ({ head, raw, gone }) => {
      head(500, { 'content-length': '900' })
      raw('{')
      await gone()
    },
    calls: 1,
    afterMs: 100,
  },
  {
    name: 'another target is asked',
    stream: true,
    first: fails({ status: 401 }),
    second: neverAnswers,
    calls: 2,
    afterMs: 50,
  },
  {
    name: 'another target is to finish the stream',
    stream: true,
    first: breaksAfter({ words: 20, by: hangsUp }),
    second: neverAnswers,
    calls: 2,
    afterMs: 50,
  },
  {
    name: 'another target finishes the stream',
    stream: true,
    first: breaksAfter({ words: 20, by: hangsUp }),
    second: breaksAfter({ words: 30, by: neverAnswers }),
    calls: 2,
    afterMs: 300,
  },
  { name: 'back-off', stream: false, first: fails({ status: 503 }), calls: 1, afterMs: 100 },
  {
    name: 'a named wait',
    stream: false,
    first: says(429, '{}', { 'retry-after': '1' }),
    calls: 1,
    afterMs: 100,
  },
]
const dialects: readonly Dialect[] = ['openai', 'anthropic', 'gemini']
const cases = phases.flatMap((phase, at) =>
  dialects.flatMap((dialect) =>
    Array.from({ length: chances }, (_, chance) => ({
      phase,
      dialect,
      chance,
      name: `${at}-${dialect}-${chance}`,
    })),
  ),
)
type Case = (typeof cases)[number]

let rig: Rig
before(async () => {
  const wall = await openWall()
  for (const { name, phase } of cases) {
    wall.behave(name, 'first', phase.first)
    if (phase.second) wall.behave(name, 'second', phase.second)
  }
  const spec = {
    settings: { attempts: { base_ms: 4_000, max_ms: 4_000, patience_ms: 4_000 } },
    providers: cases.flatMap(({ name, phase, dialect }) => [
      { name: `${name}-1`, dialect, at: `${name}/first` },
      ...(phase.second ? [{ name: `${name}-2`, dialect, at: `${name}/second` }] : []),
    ]),
    routes: cases.map(({ name, phase }) => ({
      name,
      providers: phase.second ? [`${name}-1`, `${name}-2`] : [`${name}-1`],
      recovery: ['align'],
    })),
  }
  rig = await openRig(spec, wall)
})
after(() => rig.close())

const sleep = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))

/** What was wrong, or nothing. */
async function leave({ phase, name }: Case): Promise<string[]> {
  const callsOf = () => rig.wall.calls.filter((call) => call.test === name)
  const leaving = new AbortController()
  const asked = rig.caller.ask({
    url: rig.gateway.address,
    dialect: 'openai',
    model: name,
    stream: phase.stream,
    signal: leaving.signal,
  })
  const ended = asked.then(
    () => 'answered',
    () => 'left',
  )
  for (let look = 0; look < 400 && callsOf().length < phase.calls; look += 1) await sleep(10)
  await sleep(phase.afterMs)
  const leftAtMs = performance.now()
  leaving.abort()
  const found: string[] = []
  if ((await ended) !== 'left') found.push('it was answered before the caller left')
  await sleep(barMs)
  const calls = callsOf()
  if (calls.length !== phase.calls) found.push(`${calls.length} calls, not ${phase.calls}`)
  const last = calls.at(-1)
  const closedAfterMs = (last?.closedAtMs ?? Number.POSITIVE_INFINITY) - leftAtMs
  if (closedAfterMs > barMs) found.push(`the socket was closed after ${closedAfterMs} ms`)
  await rig.gateway.settled()
  const entry = rig.entries().find(({ route }) => route === name)
  if (entry?.outcome !== 'CANCELLED') found.push(`the ledger says ${entry?.outcome}`)
  return found
}

suite('a caller who leaves', { concurrency: 4 }, () => {
  for (const phase of phases)
    for (const dialect of dialects)
      test(`${phase.name} (${dialect})`, async () => {
        let found: string[] = []
        for (const one of cases.filter((own) => own.phase === phase && own.dialect === dialect)) {
          found = await leave(one)
          if (found.length === 0) return
        }
        assert.deepEqual(found, [])
      })

  test('while the TLS handshake hangs', async () => {
    const closedAtMs: number[] = []
    const opened: Socket[] = []
    const silent = createServer((socket) => {
      opened.push(socket)
      socket.on('close', () => closedAtMs.push(performance.now())).on('error', () => {})
      socket.resume()
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const own = await openRig({
      providers: [{ name: 'silent', dialect: 'openai', at: `https://127.0.0.1:${port}` }],
      routes: [{ name: 'chat', providers: ['silent'] }],
      settings: { timeouts: { connect_ms: 20_000 } },
    })
    const leaving = new AbortController()
    const asked = own.caller.ask({
      url: own.gateway.address,
      dialect: 'openai',
      model: 'chat',
      stream: true,
      signal: leaving.signal,
    })
    asked.catch(() => {})
    for (let look = 0; look < 200 && opened.length === 0; look += 1) await sleep(10)
    const leftAtMs = performance.now()
    leaving.abort()
    await sleep(barMs)
    assert.equal(closedAtMs.length, 1)
    assert.ok((closedAtMs[0] ?? 0) - leftAtMs < barMs)
    await own.close()
    silent.close()
  })
})

test('a caller who leaves: nothing is called afterwards, and nothing runs on', async () => {
  const before = rig.wall.calls.length
  await sleep(500)
  assert.equal(rig.wall.calls.length, before)
  assert.equal(rig.gateway.running(), 0)
})
