import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFakeClock } from '../../../sandbox/fake-clock.ts'
import { firstFitDecreasing, pack } from './pack.ts'
import { createTokenScheduler, loadOf } from './token-scheduler.ts'

interface Call {
  readonly reserved: number
  readonly used: number
  readonly callMs: number
}

const limit = 1_000

/** Runs the calls against a provider that counts what is really used, at the instant a call arrives. */
async function play(calls: readonly Call[], { concurrency = 100, tokens = limit } = {}) {
  const fake = createFakeClock()
  // A plan of many pieces pauses, and nobody advances the clock meanwhile.
  const clock = {
    ...fake,
    after: (forMs: number, then: () => void) => {
      if (forMs > 0) return fake.after(forMs, then)
      queueMicrotask(then)
      return () => {}
    },
  }
  const scheduler = createTokenScheduler({ clock, limits: { tokens }, concurrency, marginMs: 0 })
  const planned = await scheduler.plan(
    calls.map(({ reserved, used, callMs }) => ({
      load: loadOf(reserved, 0),
      expected: loadOf(used, 0),
      callMs,
    })),
  )
  const starts: { readonly atMs: number; readonly used: number }[] = []
  let endMs = 0
  let left = calls.length
  for (const { reserved, used, callMs } of calls)
    void scheduler
      .run({
        load: () => loadOf(reserved, 0),
        async call() {
          starts.push({ atMs: clock.monoMs(), used })
          await clock.sleep(callMs)
          return { value: 0, used: loadOf(used, 0) }
        },
      })
      .then(() => {
        endMs = clock.monoMs()
        left -= 1
      })
  for (let turn = 0; left > 0 && turn < 10_000; turn += 1) await clock.advance(1_000)
  assert.equal(left, 0, 'every call ran')
  return { starts, endMs, planned }
}

/** The fullest 60 s, wherever they begin. */
const fullest = (starts: readonly { readonly atMs: number; readonly used: number }[]) =>
  Math.max(
    0,
    ...starts.map(({ atMs: from }) =>
      starts.reduce((sum, { atMs, used }) => (atMs >= from && atMs < from + 60_000 ? sum + used : sum), 0),
    ),
  )

const longest = (calls: readonly Call[]) => Math.max(0, ...calls.map(({ callMs }) => callMs))
const asPieces = (calls: readonly Call[]) =>
  calls.map(({ reserved }, at) => ({ id: `${at}`, load: loadOf(reserved, 0) }))

const callArbitrary = fc
  .record({
    reserved: fc.integer({ min: 20, max: limit }),
    share: fc.integer({ min: 30, max: 100 }),
    callMs: fc.integer({ min: 100, max: 25_000 }),
  })
  .map(({ reserved, share, callMs }) => ({ reserved, used: Math.ceil((reserved * share) / 100), callMs }))

test('scheduler: no window above the limit, and an end within first-fit-decreasing and one call', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(callArbitrary, { minLength: 11, maxLength: 40 }), async (calls) => {
      const { starts, endMs } = await play(calls)
      assert.ok(fullest(starts) <= limit)
      const bins = firstFitDecreasing(asPieces(calls), { tokens: limit }).length
      assert.ok(endMs <= 60_000 * (bins - 1) + longest(calls), `${endMs} for ${bins} minutes`)
    }),
    { numRuns: 25, seed: 6 },
  )
})

test('scheduler: ten or fewer whose estimates are true end at the optimum', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(callArbitrary, { minLength: 1, maxLength: 10 }), async (given) => {
      const calls = given.map((call) => ({ ...call, used: call.reserved }))
      const { starts, endMs } = await play(calls)
      assert.ok(fullest(starts) <= limit)
      const bins = pack(asPieces(calls), { tokens: limit }).length
      const lastStartMs = Math.max(...starts.map(({ atMs }) => atMs))
      assert.equal(lastStartMs, 60_000 * (bins - 1))
      assert.ok(endMs <= 60_000 * (bins - 1) + longest(calls))
    }),
    { numRuns: 25, seed: 6 },
  )
})

test('scheduler: the announced end is within 15 % of the truth, and never before the lower bound', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(callArbitrary, { minLength: 5, maxLength: 30 }), async (calls) => {
      const { endMs, planned } = await play(calls)
      assert.ok(Math.abs(planned.endsInMs - endMs) <= 0.15 * endMs, `${planned.endsInMs} for ${endMs}`)
      assert.ok(planned.lowerBoundMs <= endMs)
    }),
    { numRuns: 25, seed: 6 },
  )
})

const manyRows: readonly [name: string, calls: number, minutes: { tokens: number; concurrency: number }][] = [
  ['two or three a minute', 200, { tokens: limit, concurrency: 20 }],
  ['twenty a minute', 700, { tokens: 10 * limit, concurrency: 20 }],
  ['few at once', 900, { tokens: 100 * limit, concurrency: 4 }],
]

for (const [name, count, rule] of manyRows)
  test(`scheduler: of hundreds of pieces the announced end is within 15 % of the truth, ${name}`, async () => {
    const [calls = []] = fc.sample(fc.array(callArbitrary, { minLength: count, maxLength: count }), {
      numRuns: 1,
      seed: 6,
    })
    const { starts, endMs, planned } = await play(calls, rule)
    assert.ok(fullest(starts) <= rule.tokens)
    assert.ok(Math.abs(planned.endsInMs - endMs) <= 0.15 * endMs, `${planned.endsInMs} for ${endMs}`)
  })

test('scheduler: six groups of 12,400 tokens under 28,000 a minute start in three bursts', async () => {
  const calls = Array.from({ length: 6 }, () => ({ reserved: 12_400, used: 12_400, callMs: 20_000 }))
  const { starts, endMs, planned } = await play(calls, { tokens: 28_000 })
  assert.deepEqual(
    starts.map(({ atMs }) => atMs),
    [0, 0, 60_000, 60_000, 120_000, 120_000],
  )
  assert.equal(endMs, 140_000)
  assert.deepEqual(planned, {
    pieces: 6,
    tokens: 74_400,
    windows: 3,
    lowerBoundMs: 140_000,
    endsInMs: 140_000,
  })
})

test('scheduler: what was reserved and not used lets others start at once', async () => {
  const calls = Array.from({ length: 4 }, () => ({ reserved: 500, used: 150, callMs: 1_000 }))
  const { endMs } = await play(calls)
  assert.equal(endMs, 3_000)
})

test('scheduler: what would fit between bursts stays where it would hold the next one up', async () => {
  const small = { callMs: 1_000 }
  const { starts } = await play([
    { reserved: 1_000, used: 800, callMs: 50_000 },
    ...[950, 50, 900, 100].map((tokens) => ({ reserved: tokens, used: tokens, ...small })),
  ])
  assert.deepEqual(
    starts.map(({ atMs }) => atMs),
    [0, 60_000, 60_000, 120_000, 120_000],
  )
})

test('scheduler: not more calls at once than it may', async () => {
  const calls = Array.from({ length: 6 }, () => ({ reserved: 10, used: 10, callMs: 1_000 }))
  const { endMs } = await play(calls, { concurrency: 2 })
  assert.equal(endMs, 3_000)
})

test('scheduler: a piece above the limit is refused at once, and says to split it', async () => {
  const scheduler = createTokenScheduler({
    clock: createFakeClock(),
    limits: { tokens: 100 },
    concurrency: 1,
  })
  const ran = await scheduler.run({ load: () => loadOf(90, 20), call: async () => ({ value: 0 }) })
  assert.deepEqual(ran, { ok: false, fault: 'needs 110 tokens, more than a minute has (100): split it' })
})

test('scheduler: a provider that says wait is waited for, and asked again', async () => {
  const clock = createFakeClock()
  const scheduler = createTokenScheduler({ clock, limits: { tokens: 100 }, concurrency: 4, marginMs: 0 })
  const atMs: number[] = []
  const ran = scheduler.run({
    load: () => loadOf(10, 0),
    async call() {
      atMs.push(clock.monoMs())
      return atMs.length === 1 ? { value: 'no', waitMs: 7_000 } : { value: 'yes' }
    },
  })
  const other = clock.sleep(10).then(() =>
    scheduler.run({
      load: () => loadOf(10, 0),
      async call() {
        atMs.push(clock.monoMs())
        return { value: 'other' }
      },
    }),
  )
  await clock.advance(10_000)
  assert.deepEqual(await ran, { ok: true, value: 'yes' })
  await other
  assert.deepEqual(atMs, [0, 7_000, 7_000])
})

test('scheduler: what is no longer wanted never starts', async () => {
  const clock = createFakeClock()
  const scheduler = createTokenScheduler({ clock, limits: { tokens: 100 }, concurrency: 4, marginMs: 0 })
  const call = async () => ({ value: 0 })
  void scheduler.run({ load: () => loadOf(100, 0), call })
  const ending = new AbortController()
  const second = scheduler.run({ load: () => loadOf(100, 0), call, signal: ending.signal })
  await clock.advance(1_000)
  ending.abort()
  assert.deepEqual(await second, { ok: false, fault: 'cancelled' })
})
