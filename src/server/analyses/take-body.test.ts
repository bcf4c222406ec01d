import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { openTraceThreads } from '../../refinery/apart/trace-threads.ts'
import { takeBody } from './take-body.ts'

const large = (more: object = {}) =>
  JSON.stringify({ expected: 'x', trace: [{ role: 'user', content: 'lorem '.repeat(40_000) }], ...more })

function take(body: string, { limitBytes = 1_000_000, most = 1, declared = true } = {}) {
  const bytes = Buffer.from(body, 'utf8')
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) =>
    bytes.subarray(at * 65_536, (at + 1) * 65_536),
  )
  const headers = declared ? { 'content-length': `${bytes.length}` } : {}
  const threads = openTraceThreads(most)
  return takeBody(Object.assign(Readable.from(pieces), { headers }), { limitBytes, threads })
}

test('body of an analysis: a small one is read here', async () => {
  assert.deepEqual(await take('{"trace":[]}'), { ok: true, value: { kind: 'text', text: '{"trace":[]}' } })
})

test('body of an analysis: a large one comes back without its trace, which a thread holds', async () => {
  const taken = await take(large())
  assert.ok(taken.ok && taken.value.kind === 'read' && taken.value.trace?.ok)
  const { rest, trace } = taken.value
  assert.deepEqual(rest, { expected: 'x' })
  const analysis = await trace.value.analyze({ expected: 'x' })
  trace.value.close()
  assert.ok(analysis.ok)
  assert.equal(analysis.value.coverage.runsAnalyzed, 1)
})

const faults: readonly [name: string, body: string, options: object, code: string][] = [
  ['larger than allowed, by its own word', large(), { limitBytes: 100_000 }, 'body_too_large'],
  ['larger than allowed, in chunks', large(), { limitBytes: 150_000, declared: false }, 'body_too_large'],
  ['large and no JSON', `{"trace":"${'x'.repeat(200_000)}`, {}, 'body_not_json'],
  ['large and no object', `["${'x'.repeat(200_000)}"]`, {}, 'body_not_json'],
  ['large and too deep', `${'['.repeat(200_000)}`, {}, 'body_too_deep'],
  ['large, when as many are analysed as may be', large(), { most: 0 }, 'gateway_overloaded'],
]

for (const [name, body, options, code] of faults)
  test(`body of an analysis: ${name}`, async () => {
    const taken = await take(body, options)
    assert.equal(taken.ok ? 'taken' : taken.fault.code, code)
  })

test('body of an analysis: a caller who goes away leaves no thread', async () => {
  const threads = openTraceThreads(1)
  async function* broken() {
    yield Buffer.from(large())
    throw new Error('aborted')
  }
  const taken = await takeBody(Object.assign(broken(), { headers: {} }), { limitBytes: 1_000_000, threads })
  assert.equal(taken.ok ? 'taken' : taken.fault.code, 'cancelled')
  for (let turn = 0; turn < 100; turn += 1) {
    const next = threads.start({ kind: 'trace' })
    if (next) return next.close()
    await systemClock.sleep(20)
  }
  assert.fail('its thread is still there')
})
