import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScriptedAnswer } from '../../src/sandbox/scripted-transport.ts'
import { openWorld, readText, run, streamPieces, type WorldOptions } from './world.ts'

const one = { a: { keys: ['k1'], models: ['m1'] } }
const silent: ScriptedAnswer = { delayMs: 600_000 }
const headOnly: ScriptedAnswer = { pieces: [], ending: 'stall' }
/** Head at once, then a comment each second, for ever as far as the request can tell. */
const pings = (before: readonly string[]): ScriptedAnswer => ({
  pieces: [...before, ...Array.from({ length: 400 }, () => ': ping\n\n')],
  pieceDelayMs: 1_000,
})
const words = streamPieces('one two three').slice(0, 3)

type Given = Pick<WorldOptions, 'config' | 'route'> & { readonly body?: Record<string, unknown> }
/** `expected`: the fault, its phase in words, and after how many ms. */
type Row = [name: string, answer: ScriptedAnswer, given: Given, expected: [string, RegExp, number]]
const stream = { stream: true }
const rows: readonly Row[] = [
  ['first content', silent, { body: stream }, ['upstream_first_token_timeout', /first token/, 10_000]],
  [
    'the head alone is limited where that is configured',
    silent,
    { body: stream, config: { timeouts: { headersMs: 3_000 } } },
    ['upstream_first_token_timeout', /head of the answer/, 3_000],
  ],
  [
    'the head in time, first content is counted from the start',
    { ...headOnly, delayMs: 2_000 },
    { body: stream, config: { timeouts: { headersMs: 3_000 } } },
    ['upstream_first_token_timeout', /first token/, 10_000],
  ],
  [
    'pings before the first content are not content',
    pings([]),
    { body: stream },
    ['upstream_first_token_timeout', /first token/, 10_000],
  ],
  [
    'pings between content are not content',
    pings(words),
    { body: stream },
    ['upstream_idle_timeout', /between tokens/, 18_000],
  ],
  ['a whole answer', silent, {}, ['upstream_response_timeout', /whole answer/, 60_000]],
  [
    'a route has its own limits',
    silent,
    { body: stream, route: { timeouts: { firstTokenMs: 4_000 } } },
    ['upstream_first_token_timeout', /first token/, 4_000],
  ],
  [
    'a profile stands above the route',
    silent,
    {
      body: { ...stream, adaptive: { profile: 'batch' } },
      route: { timeouts: { firstTokenMs: 4_000 } },
      config: { profiles: { batch: { firstTokenMs: 30_000, attempts: {} } } },
    },
    ['upstream_first_token_timeout', /first token/, 30_000],
  ],
  [
    'the total is shared by all phases',
    silent,
    { config: { timeouts: { totalMs: 7_000 } } },
    ['deadline_exceeded', /time left/, 7_000],
  ],
  [
    'the caller’s deadline shortens the total',
    silent,
    { body: { adaptive: { deadline_ms: 1_500 } } },
    ['deadline_exceeded', /time left/, 1_500],
  ],
]

for (const [name, answer, { body = {}, ...given }, [code, says, atMs]] of rows) {
  test(`limits: ${name}`, async () => {
    const world = openWorld({ providers: one, script: () => answer, ...given })
    const got = await run(world, world.chat(body))
    if (got.kind === 'stream') await run(world, readText(got.chunks))
    const fault = world.ledger[0]?.attempts[0]?.fault
    assert.equal(fault?.code, code)
    assert.match(fault?.message ?? '', says)
    assert.ok(
      Math.abs((world.ledger[0]?.totalLatencyMs ?? 0) - atMs) < 20,
      `${world.ledger[0]?.totalLatencyMs} ms`,
    )
    assert.equal(world.transport.calls.length, 1)
    assert.equal(world.clock.pending(), 0)
  })
}

const thinker = { facts: () => ({ reasoning: true }) }
const long = { timeouts: { totalMs: 600_000 } }
const thinkers: readonly [name: string, given: Given, atMs: number][] = [
  ['a reasoning model has twelve times the general limit', { config: long }, 120_000],
  ['and five times the general total', { config: { timeouts: { totalMs: 10_000 } } }, 50_000],
  ['of which a caller may take away', { body: { adaptive: { deadline_ms: 9_000 } } }, 9_000],
  ['a total the route names stands', { route: { timeouts: { totalMs: 8_000 } } }, 8_000],
  ['and so does its first content', { route: { timeouts: { firstTokenMs: 4_000 } } }, 4_000],
]
for (const [name, { body = {}, ...given }, atMs] of thinkers)
  test(`limits: ${name}`, async () => {
    const world = openWorld({ providers: one, script: () => silent, catalogue: thinker, ...given })
    await run(world, world.chat({ stream: true, ...body }))
    assert.equal(Math.round(world.ledger[0]?.totalLatencyMs ?? 0), atMs)
  })

test('limits: on the phone a silent provider leaves time for the next', async () => {
  const world = openWorld({
    providers: { ...one, b: { keys: ['k1'], models: ['m1'] } },
    script: ({ origin }) => (origin.includes('//a.') ? silent : { pieces: streamPieces('all is well') }),
  })
  const answer = await run(world, world.chat({ stream: true, adaptive: { profile: 'phone' } }))
  assert.ok(answer.kind === 'stream' && world.clock.monoMs() < 2_000)
  assert.equal((await readText(answer.chunks)).text, 'all is well')
})
