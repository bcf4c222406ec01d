import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRateLimits, type SandboxLimits } from './rate-limits.ts'

type Call = readonly [atMs: number, tokens: number]
type Row = readonly [name: string, limits: SandboxLimits, calls: readonly Call[], last: string]

const rows: readonly Row[] = [
  ['no limits, nothing said', {}, [[0, 5]], 'allowed'],
  ['the first of two', { requests_per_minute: 2 }, [[0, 5]], 'allowed; requests 1 of 2, whole in 60000'],
  [
    'a call over the limit waits for the oldest to leave, and costs nothing',
    { requests_per_minute: 2 },
    [
      [0, 5],
      [10_000, 5],
      [20_000, 5],
      [30_000, 5],
    ],
    'requests over, 30000; requests 0 of 2, whole in 40000',
  ],
  [
    'the window slides',
    { requests_per_minute: 2 },
    [
      [0, 5],
      [10_000, 5],
      [60_000, 5],
    ],
    'allowed; requests 0 of 2, whole in 60000',
  ],
  [
    'tokens count the call itself',
    { tokens_per_minute: 10 },
    [[0, 4]],
    'allowed; tokens 6 of 10, whole in 60000',
  ],
  [
    'tokens wait until enough of them have left, not just some',
    { tokens_per_minute: 10 },
    [
      [0, 2],
      [5_000, 6],
      [20_000, 7],
    ],
    'tokens over, 45000; tokens 2 of 10, whole in 45000',
  ],
  [
    'more tokens than the limit has never fit',
    { tokens_per_minute: 10 },
    [[0, 11]],
    'tokens over, 60000; tokens 10 of 10, whole in 0',
  ],
  [
    'both limits are told',
    { requests_per_minute: 9, tokens_per_minute: 10 },
    [[0, 3]],
    'allowed; requests 8 of 9, whole in 60000; tokens 7 of 10, whole in 60000',
  ],
]
for (const [name, limits, calls, last] of rows) {
  test(`rate limits: ${name}`, () => {
    let nowMs = 0
    const book = createRateLimits(limits, () => nowMs)
    let said = ''
    for (const [atMs, tokens] of calls) {
      nowMs = atMs
      const { exceeded, states } = book.take('k1', tokens)
      said = [
        exceeded ? `${exceeded.what} over, ${exceeded.retryAfterMs}` : 'allowed',
        ...states.map(
          ({ what, limit, remaining, wholeInMs }) =>
            `${what} ${remaining} of ${limit}, whole in ${wholeInMs}`,
        ),
      ].join('; ')
    }
    assert.equal(said, last)
  })
}

test('rate limits: each key has its own', () => {
  const book = createRateLimits({ requests_per_minute: 1 }, () => 0)
  const over = ['k1', 'k1', 'k2'].map((key) => book.take(key, 1).exceeded !== undefined)
  assert.deepEqual(over, [false, true, false])
})
