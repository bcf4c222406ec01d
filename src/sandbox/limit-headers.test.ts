import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dialect } from '../protocol/chat.ts'
import { durationText, limitHeaders } from './limit-headers.ts'
import type { LimitAnswer } from './rate-limits.ts'

const used: LimitAnswer = {
  exceeded: { what: 'requests', limit: 60, retryAfterMs: 1_200 },
  states: [
    { what: 'requests', limit: 60, remaining: 0, wholeInMs: 59_500 },
    { what: 'tokens', limit: 900, remaining: 880, wholeInMs: 250 },
  ],
}
const free: LimitAnswer = { states: used.states.slice(1) }

const rows: readonly [name: string, dialect: Dialect, answer: LimitAnswer, headers: object][] = [
  [
    'OpenAI, over',
    'openai',
    used,
    {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '59.5s',
      'x-ratelimit-limit-tokens': '900',
      'x-ratelimit-remaining-tokens': '880',
      'x-ratelimit-reset-tokens': '250ms',
      'retry-after': '2',
      'retry-after-ms': '1200',
    },
  ],
  [
    'OpenAI, free: no wait is named',
    'openai',
    free,
    {
      'x-ratelimit-limit-tokens': '900',
      'x-ratelimit-remaining-tokens': '880',
      'x-ratelimit-reset-tokens': '250ms',
    },
  ],
  [
    'Anthropic names instants',
    'anthropic',
    used,
    {
      'anthropic-ratelimit-requests-limit': '60',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-01-01T00:01:00Z',
      'anthropic-ratelimit-tokens-limit': '900',
      'anthropic-ratelimit-tokens-remaining': '880',
      'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:01Z',
      'retry-after': '2',
    },
  ],
  ['Gemini says nothing in headers', 'gemini', used, {}],
  ['no limits, no headers', 'openai', { states: [] }, {}],
]
for (const [name, dialect, answer, headers] of rows) {
  test(`limit headers: ${name}`, () =>
    assert.deepEqual(limitHeaders(dialect, answer, Date.UTC(2026, 0, 1)), headers))
}

const spans: readonly [forMs: number, text: string][] = [
  [0, '0ms'],
  [119.2, '120ms'],
  [1_000, '1s'],
  [8_640, '8.64s'],
  [360_000, '6m0s'],
  [61_500, '1m1.5s'],
]
for (const [forMs, text] of spans) {
  test(`durations: ${forMs} ms is ${text}`, () => assert.equal(durationText(forMs), text))
}
