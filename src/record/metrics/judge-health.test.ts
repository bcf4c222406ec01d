import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExplainedKey, ExplainedTarget } from '../../protocol/explanation.ts'
import { type HealthFacts, judgeHealth } from './judge-health.ts'

type Standing = ExplainedKey['standing']
const target = (
  provider: string,
  circuit: 'closed' | 'open' = 'closed',
  standing: Standing = 'free',
): ExplainedTarget => ({
  provider,
  model: 'm',
  circuit,
  keys: [{ key: 'k1', standing }],
})
const well: HealthFacts = {
  targets: [target('a'), target('b')],
  window: { requests: 100, errors: 0, providers: {} },
  isLedgerFailing: false,
  isRunStoreFailing: false,
  queues: {},
  droppedEvents: 0,
}

const rows: readonly [
  name: string,
  facts: Partial<HealthFacts>,
  status: string,
  issues: readonly string[],
][] = [
  ['all well', {}, 'healthy', []],
  ['no requests yet', { window: { requests: 0, errors: 0, providers: {} } }, 'healthy', []],
  [
    'one circuit open',
    { targets: [target('a', 'open'), target('b')] },
    'degraded',
    ['a: the circuit of m is open'],
  ],
  [
    'every circuit open',
    { targets: [target('a', 'open'), target('b', 'open')] },
    'unhealthy',
    ['a: the circuit of m is open', 'b: the circuit of m is open'],
  ],
  [
    'every key of a provider rests',
    { targets: [target('a', 'closed', 'resting'), target('b')] },
    'degraded',
    ['a: no key is free, 1 rest, 0 are disabled'],
  ],
  [
    'a disabled key beside a free one',
    {
      targets: [
        {
          ...target('a'),
          keys: [
            { key: 'k1', standing: 'free' },
            { key: 'k2', standing: 'disabled' },
          ],
        },
      ],
    },
    'degraded',
    ['a: 1 key is disabled'],
  ],
  [
    'a key that rests for one model only is free',
    { targets: [target('a'), { ...target('a', 'closed', 'resting'), model: 'n' }] },
    'healthy',
    [],
  ],
  [
    'a tenth fails',
    { window: { requests: 100, errors: 10, providers: {} } },
    'degraded',
    ['10 of 100 requests failed'],
  ],
  [
    'most fail',
    { window: { requests: 100, errors: 60, providers: {} } },
    'unhealthy',
    ['60 of 100 requests failed'],
  ],
  [
    'three of three failed: too few to judge',
    { window: { requests: 3, errors: 3, providers: {} } },
    'healthy',
    [],
  ],
  [
    'a provider fails while others answer',
    { window: { requests: 100, errors: 0, providers: { a: { calls: 50, successShare: 0.8 } } } },
    'degraded',
    ['a: 20 % of 50 calls failed'],
  ],
  ['the ledger fails', { isLedgerFailing: true }, 'degraded', ['the ledger is not written']],
  [
    'Redis is away',
    { isRedisAway: true },
    'degraded',
    ['Redis does not answer: each process keeps to itself'],
  ],
  ['Redis is there', { isRedisAway: false }, 'healthy', []],
  ['traces are not kept', { isRunStoreFailing: true }, 'degraded', ['traces are not kept']],
  ['events were dropped', { droppedEvents: 3 }, 'degraded', ['3 events were dropped']],
]
for (const [name, facts, status, issues] of rows) {
  test(`health: ${name}`, () => {
    const judged = judgeHealth({ ...well, ...facts })
    assert.deepEqual([judged.status, judged.issues], [status, issues])
  })
}
