import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Standing } from '../../gateway/limits/claim.ts'
import { rateLimitHeaders, spanText } from './rate-limit-headers.ts'

const standings: readonly Standing[] = [
  { what: 'requests', limit: 100, remaining: 40, resetMs: 59_500 },
  { what: 'requests', limit: 60, remaining: 7, resetMs: 30_000 },
  { what: 'tokens', limit: 9_000, remaining: 8_000, resetMs: 250 },
  { what: 'concurrency', limit: 4, remaining: 1, resetMs: 0 },
]

test('rate limit headers: as OpenAI sends them, of the tightest limit', () =>
  assert.deepEqual(rateLimitHeaders('openai', standings, 0), {
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '7',
    'x-ratelimit-reset-requests': '30s',
    'x-ratelimit-limit-tokens': '9000',
    'x-ratelimit-remaining-tokens': '8000',
    'x-ratelimit-reset-tokens': '250ms',
  }))

test('rate limit headers: as Anthropic sends them', () =>
  assert.deepEqual(rateLimitHeaders('anthropic', standings.slice(0, 1), 1_700_000_000_000), {
    'anthropic-ratelimit-requests-limit': '100',
    'anthropic-ratelimit-requests-remaining': '40',
    'anthropic-ratelimit-requests-reset': '2023-11-14T22:14:20Z',
  }))

for (const [forMs, text] of [
  [0, '0ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [1_500, '1.5s'],
  [61_000, '1m1s'],
  [360_000, '6m0s'],
] as const)
  test(`rate limit headers: ${forMs} ms is ${text}`, () => assert.equal(spanText(forMs), text))
