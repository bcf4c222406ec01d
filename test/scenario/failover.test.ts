import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Script } from '../../src/sandbox/scripted-transport.ts'
import { openWorld, readText, run, streamPieces, type WorldOptions, wholeAnswer } from './world.ts'

const three: WorldOptions['providers'] = {
  a: { keys: ['k1'], models: ['m1'] },
  b: { keys: ['k1', 'k2'], models: ['m1', 'm2'] },
  c: { keys: ['k9'], models: ['m1'] },
}
const error = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: JSON.stringify({ error: { message: code, type: code, code } }),
})
const isAt = (origin: string, provider: string) => origin.includes(`//${provider}.`)
const tries = (calls: readonly { origin: string; model: string; key: string }[]) =>
  calls.map(({ origin, model, key }) => `${origin.slice(7, 8)} ${key} ${model}`)

const firstDeadSecondLimited: Script = ({ origin, body }) => {
  if (isAt(origin, 'a')) return error(503, 'overloaded')
  if (isAt(origin, 'b')) return error(429, 'rate_limit_exceeded')
  return body['stream'] ? { pieces: streamPieces('all is well') } : { body: wholeAnswer('all is well') }
}

for (const stream of [false, true]) {
  test(`failover: key by key, model by model, provider by provider (${stream ? 'streamed' : 'whole'})`, async () => {
    const world = openWorld({ providers: three, script: firstDeadSecondLimited })
    const answer = await run(world, world.chat({ stream }))
    const text =
      answer.kind === 'stream'
        ? (await readText(answer.chunks)).text
        : answer.kind === 'reply'
          ? answer.raw?.includes('all is well') && 'all is well'
          : answer.fault.message
    assert.equal(text, 'all is well')
    assert.deepEqual(tries(world.transport.calls), [
      'a k1 m1',
      'a k1 m1',
      'b k1 m1',
      'b k2 m1',
      'b k1 m2',
      'b k2 m2',
      'c k9 m1',
    ])
    const entry = world.ledger[0]
    assert.equal(entry?.outcome, 'SUCCESS')
    assert.deepEqual(
      [entry?.finalProvider, entry?.finalModel, entry?.usage],
      ['c', 'm1', { input: 3, output: 2 }],
    )
    assert.deepEqual(
      entry?.attempts.map(({ next }) => next),
      ['retry', 'other_provider', 'other_key', 'other_model', 'other_key', 'other_provider', 'done'],
    )
    for (const attempt of entry?.attempts ?? []) assert.ok(attempt.because.length > 10)
  })
}

test('failover: events name what was really left and really tried', async () => {
  const world = openWorld({ providers: three, script: firstDeadSecondLimited })
  await run(world, world.chat())
  const moves = world.events
    .filter(({ topic }) => /failover|rotation/.test(topic))
    .map(({ topic, payload }) => [topic, ...Object.values(payload)].join(' '))
  assert.deepEqual(moves, [
    'provider.failover a b',
    'api.key.rotation b m1 key_k1 key_k2',
    'model.failover b m1 m2',
    'api.key.rotation b m2 key_k1 key_k2',
    'provider.failover b c',
  ])
})

test('the caller’s own fault makes one attempt and leaves keys and circuits alone', async () => {
  const world = openWorld({ providers: three, script: () => error(400, 'invalid_request_error') })
  for (let i = 0; i < 10; i += 1) {
    const answer = await run(world, world.chat())
    assert.equal(answer.kind === 'fault' && answer.fault.status, 400)
  }
  assert.equal(world.transport.calls.length, 10)
  assert.deepEqual([...new Set(tries(world.transport.calls))], ['a k1 m1'])
  assert.deepEqual(
    world.events.filter(({ topic }) => /resource|circuit/.test(topic)),
    [],
  )
})

test('a revoked key is never used again, and no circuit moves', async () => {
  const world = openWorld({
    providers: { a: { keys: ['dead', 'good'], models: ['m1'] } },
    script: ({ key }) => (key === 'dead' ? error(401, 'invalid_api_key') : { body: wholeAnswer('hi') }),
  })
  for (let i = 0; i < 5; i += 1) assert.equal((await run(world, world.chat())).kind, 'reply')
  assert.equal(world.transport.calls.filter(({ key }) => key === 'dead').length, 1)
  assert.equal(world.events.filter(({ topic }) => topic === 'circuit.tripped').length, 0)
})

test('Retry-After within patience is waited for on the same target', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2'], models: ['m1'] } },
    script: (_call, index) =>
      index === 0 ? error(429, 'rate_limit_exceeded', { 'retry-after': '2' }) : { body: wholeAnswer('hi') },
  })
  await run(world, world.chat())
  const [first, second] = world.transport.calls
  assert.deepEqual(tries(world.transport.calls), ['a k1 m1', 'a k1 m1'])
  assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 2_000)
})

test('a provider that accepts and never answers costs one attempt', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2'], models: ['m1'] } },
    script: ({ origin, body }) =>
      isAt(origin, 'a')
        ? { pieces: [], ending: 'stall' }
        : { pieces: body['stream'] ? streamPieces('hi') : [wholeAnswer('hi')] },
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.equal(answer.kind, 'stream')
  if (answer.kind === 'stream') assert.equal((await readText(answer.chunks)).text, 'hi')
  assert.deepEqual(tries(world.transport.calls), ['a k1 m1', 'b k2 m1'])
  assert.equal(world.transport.calls[1]?.atMs, 10_000)
})

const damaged: readonly [name: string, answer: ReturnType<Script>][] = [
  ['a stream cut before any content', { pieces: streamPieces('hi').slice(0, 1) }],
  ['an empty stream', { pieces: [] }],
  ['a stream that breaks before content', { pieces: [], ending: 'reset' }],
  ['an error event first', { pieces: ['data: {"error":{"message":"no","type":"server_error"}}\n\n'] }],
  ['JSON where a stream was asked', { body: '{"error":{"message":"no","type":"server_error"}}' }],
  ['a web page', { body: '<html>', headers: { 'content-type': 'text/html' } }],
  ['broken JSON in the first event', { pieces: ['data: {"choices":[{\n\n'] }],
  ['no connection', { refused: true }],
]
for (const [name, wrong] of damaged) {
  test(`stream: ${name} fails over unseen`, async () => {
    const world = openWorld({
      providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2'], models: ['m1'] } },
      script: ({ origin }) => (isAt(origin, 'a') ? wrong : { pieces: streamPieces('all good') }),
    })
    const answer = await run(world, world.chat({ stream: true }))
    assert.equal(answer.kind, 'stream')
    if (answer.kind !== 'stream') return
    assert.deepEqual(await readText(answer.chunks).then(({ text, ended }) => [text, ended]), [
      'all good',
      'end',
    ])
    assert.equal(world.ledger[0]?.outcome, 'SUCCESS')
    assert.equal(world.ledger[0]?.finalProvider, 'b')
  })
}

test('stream: cut after content ends with an error and is no success', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] } },
    script: () => ({ pieces: streamPieces('one two three').slice(0, 3) }),
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(answer.kind === 'stream')
  const read = await readText(answer.chunks)
  assert.deepEqual([read.text, read.ended, read.raw.includes('[DONE]')], ['one two ', 'upstream_cut', false])
  assert.equal(world.ledger[0]?.outcome, 'FAILURE')
})

test('stream: without its end marker but finished is whole', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] } },
    script: () => ({ pieces: streamPieces('one two').slice(0, -1), ending: 'stall' }),
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(answer.kind === 'stream')
  const read = await run(world, readText(answer.chunks))
  assert.deepEqual([read.text, read.ended], ['one two', 'end'])
  assert.equal(world.ledger[0]?.outcome, 'SUCCESS')
  assert.deepEqual(world.ledger[0]?.usage, { input: 3, output: 2 })
})

test('stream: usage that only the ledger asked for does not reach the caller', async () => {
  for (const asked of [false, true]) {
    const world = openWorld({
      providers: { a: { keys: ['k1'], models: ['m1'] } },
      script: () => ({ pieces: streamPieces('hi') }),
    })
    const answer = await run(
      world,
      world.chat({ stream: true, ...(asked ? { stream_options: { include_usage: true } } : {}) }),
    )
    assert.ok(answer.kind === 'stream')
    assert.equal((await readText(answer.chunks)).raw.includes('prompt_tokens'), asked)
    assert.deepEqual(world.ledger[0]?.usage, { input: 3, output: 2 })
  }
})

test('a caller who leaves ends the call, and nothing is left running', async () => {
  const phases: readonly [name: string, script: Script][] = [
    ['before the head', () => ({ delayMs: 5_000, body: wholeAnswer('hi') })],
    ['before the first token', () => ({ pieces: [], ending: 'stall' })],
    ['in a back-off', () => error(503, 'overloaded')],
  ]
  for (const [name, script] of phases) {
    const world = openWorld({ providers: { a: { keys: ['k1'], models: ['m1'] } }, script })
    const caller = new AbortController()
    const answer = world.chat({ stream: name !== 'before the head' }, caller.signal)
    await world.clock.advance(20)
    caller.abort()
    await world.clock.advance(0)
    const end = await run(world, answer, 0)
    assert.equal(end.kind === 'fault' && end.fault.code, 'cancelled', name)
    assert.equal(world.ledger[0]?.outcome, 'CANCELLED', name)
    assert.equal(world.clock.pending(), 0, `${name}: no timer is left`)
    assert.equal(world.transport.calls.length, 1, name)
  }
})

test('the circuit opens on a dead provider, and lets one probe out after the wait', async () => {
  let isDead = true
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2'], models: ['m1'] } },
    script: ({ origin }) =>
      isAt(origin, 'a') && isDead ? error(500, 'server_error') : { body: wholeAnswer('hi') },
  })
  for (let i = 0; i < 10; i += 1) assert.equal((await run(world, world.chat())).kind, 'reply')
  const onA = () => world.transport.calls.filter(({ origin }) => isAt(origin, 'a')).length
  assert.equal(onA(), 5)
  isDead = false
  await world.clock.advance(20_000)
  await run(world, world.chat())
  assert.equal(onA(), 6)
  assert.equal(world.ledger.at(-1)?.finalProvider, 'a')
  assert.deepEqual(
    world.events.filter(({ topic }) => topic.startsWith('circuit.')).map(({ topic }) => topic),
    ['circuit.tripped', 'circuit.reset'],
  )
})

test('when everything is open the answer is an honest 503 at once', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] } },
    script: () => error(500, 'server_error'),
  })
  for (let i = 0; i < 3; i += 1) await run(world, world.chat())
  const before = world.transport.calls.length
  const answer = await run(world, world.chat(), 0)
  assert.ok(answer.kind === 'fault')
  assert.deepEqual([answer.fault.code, answer.fault.status], ['all_targets_unavailable', 503])
  assert.ok((answer.fault.retryAfterMs ?? 0) > 15_000)
  assert.equal(world.transport.calls.length, before)
})

test('every accepted request has an intent before its first call and one entry after', async () => {
  const world = openWorld({ providers: three, script: firstDeadSecondLimited })
  await run(world, world.chat())
  await run(world, world.chat({ model: 'nobody' }))
  assert.deepEqual(world.intents, ['req_1'])
  assert.deepEqual(
    world.ledger.map(({ requestId }) => requestId),
    ['req_1'],
  )
})
