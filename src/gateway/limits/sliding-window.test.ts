import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { correct, emptyWindow, type SlidingWindow, taken, takeOf } from './sliding-window.ts'

const perMinute = { limit: 3, windowMs: 60_000, amount: 1 }

/** Takes at the given seconds; `+` granted, `-` refused. */
function takes(seconds: readonly number[], limit = perMinute): string {
  let window: SlidingWindow = emptyWindow
  return seconds
    .map((second) => {
      const [next, answer] = takeOf(window, limit, second * 1_000)
      window = next
      return answer.granted ? '+' : '-'
    })
    .join('')
}

const rows: readonly [name: string, seconds: readonly number[], is: string][] = [
  ['up to the limit', [0, 0, 0], '+++'],
  ['and no further', [0, 0, 0, 0], '+++-'],
  ['refusals take nothing', [0, 0, 0, 1, 2, 3, 61], '+++---+'],
  ['a minute later all is free', [0, 0, 0, 61, 61, 61], '++++++'],
  ['the window slides: no double at the turn of a minute', [59, 59, 59, 61, 62], '+++--'],
  ['what is oldest leaves first', [0, 30, 30, 59, 61, 62, 91], '+++-+-+'],
]
for (const [name, seconds, is] of rows)
  test(`sliding window: ${name}`, () => assert.equal(takes(seconds), is))

test('sliding window: a refusal names the wait after which it is granted, and not sooner', () => {
  let window = emptyWindow
  for (const atMs of [0, 10_500, 20_000]) window = takeOf(window, perMinute, atMs)[0]
  const [, refused] = takeOf(window, perMinute, 30_000)
  assert.ok(!refused.granted)
  const waitMs = refused.retryAfterMs ?? 0
  assert.equal(waitMs, 31_000)
  assert.equal(takeOf(window, perMinute, 30_000 + waitMs - 1)[1].granted, false)
  assert.equal(takeOf(window, perMinute, 30_000 + waitMs)[1].granted, true)
})

test('sliding window: an amount above the limit is never granted and names no wait', () => {
  const [, answer] = takeOf(emptyWindow, { ...perMinute, amount: 4 }, 0)
  assert.deepEqual(answer, { granted: false, remaining: 3, resetMs: 0 })
})

test('sliding window: what was claimed is corrected by what was spent', () => {
  const tokens = { limit: 1_000, windowMs: 60_000, amount: 900 }
  const [window] = takeOf(emptyWindow, tokens, 0)
  assert.equal(takeOf(window, { ...tokens, amount: 200 }, 1_000)[1].granted, false)
  const less = correct(window, { windowMs: 60_000, by: -800, tookAtMs: 0 }, 5_000)
  assert.equal(taken(less), 100)
  assert.equal(takeOf(less, tokens, 5_000)[1].granted, true)
  const more = correct(window, { windowMs: 60_000, by: 50, tookAtMs: 0 }, 5_000)
  assert.equal(taken(more), 950)
  assert.equal(taken(correct(window, { windowMs: 60_000, by: -5_000, tookAtMs: 0 }, 5_000)), 0)
  assert.deepEqual(correct(window, { windowMs: 60_000, by: -800, tookAtMs: 0 }, 70_000), emptyWindow)
})

test('sliding window: no span ever holds more than the limit, and what is refused would have been too much', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(20_000), amount: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 120,
  })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 10 }), (drawn, limit) => {
      let window = emptyWindow
      let nowMs = 0
      const granted: { atMs: number; amount: number }[] = []
      const within = (fromMs: number, toMs: number) =>
        granted
          .filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
          .reduce((sum, { amount }) => sum + amount, 0)
      for (const { waitMs, amount } of drawn) {
        nowMs += waitMs
        const [next, answer] = takeOf(window, { limit, windowMs: 60_000, amount }, nowMs)
        window = next
        // A slice may count a second too long.
        if (!answer.granted) assert.ok(within(nowMs - 62_000, nowMs) + amount > limit)
        else granted.push({ atMs: nowMs, amount })
        assert.ok(within(nowMs - 60_000, nowMs) <= limit)
      }
    }),
  )
})
