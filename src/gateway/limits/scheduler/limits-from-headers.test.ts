import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitsFromHeaders } from './limits-from-headers.ts'
import type { MinuteLimits } from './load.ts'

const rows: readonly [name: string, headers: Record<string, string>, limits: MinuteLimits | undefined][] = [
  ['nothing is told', { 'content-type': 'application/json' }, undefined],
  [
    'OpenAI',
    {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '30000',
      'x-ratelimit-remaining-tokens': '17500',
      'x-ratelimit-reset-tokens': '25s',
    },
    { requests: 500, tokens: 30_000 },
  ],
  [
    'the requests of a day are none of a minute',
    {
      'x-ratelimit-limit-requests': '200',
      'x-ratelimit-reset-requests': '7m12s',
      'x-ratelimit-limit-tokens': '40000',
    },
    { tokens: 40_000 },
  ],
  [
    'Anthropic',
    {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-input-tokens-limit': '40000',
      'anthropic-ratelimit-output-tokens-limit': '8000',
      'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:00Z',
    },
    { requests: 50, inputTokens: 40_000, outputTokens: 8_000 },
  ],
  ['what is no number', { 'x-ratelimit-limit-tokens': 'unlimited' }, undefined],
  ['zero says nothing', { 'x-ratelimit-limit-tokens': '0' }, undefined],
]

for (const [name, headers, limits] of rows)
  test(`limits from headers: ${name}`, () => {
    assert.deepEqual(limitsFromHeaders(headers), limits)
  })
