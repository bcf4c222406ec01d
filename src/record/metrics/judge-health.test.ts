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
  rules: { minRequests: 10, unhealthySuccess: 0.8, degradedSuccess: 0.95, degradedErrors: 5 },
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
    'four of five succeed',
    { window: { requests: 100, errors: 20, providers: {} } },
    'unhealthy',
    ['20 of 100 requests failed'],
  ],
  [
    'a little more than four of five succeed',
    { window: { requests: 100, errors: 19, providers: {} } },
    'degraded',
    ['19 of 100 requests failed'],
  ],
  ['five failed of many', { window: { requests: 1_000, errors: 5, providers: {} } }, 'healthy', []],
  [
    'more than five failed, however many there were',
    { window: { requests: 1_000, errors: 6, providers: {} } },
    'degraded',
    ['6 of 1000 requests failed'],
  ],
  [
    'more than five failed, though too few to judge their share',
    { window: { requests: 6, errors: 6, providers: {} } },
    'degraded',
    ['6 of 6 requests failed'],
  ],
  [
    'other rules',
    {
      rules: { minRequests: 2, unhealthySuccess: 0.5, degradedSuccess: 0.9, degradedErrors: 100 },
      window: { requests: 4, errors: 2, providers: {} },
    },
    'unhealthy',
    ['2 of 4 requests failed'],
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

const providerRows: readonly [name: string, facts: Partial<HealthFacts>, status: string][] = [
  ['nothing was called', {}, 'healthy'],
  ['all is well', { window: windowOf(50, 1) }, 'healthy'],
  ['a tenth of its calls fail', { window: windowOf(50, 0.9) }, 'degraded'],
  ['a fifth of its calls fail', { window: windowOf(50, 0.8) }, 'unhealthy'],
  ['too few calls to judge', { window: windowOf(9, 0) }, 'healthy'],
  ['its circuit is open', { targets: [target('a', 'open'), target('b')] }, 'unhealthy'],
  ['its keys rest', { targets: [target('a', 'closed', 'resting'), target('b')] }, 'unhealthy'],
]
for (const [name, facts, status] of providerRows)
  test(`health of a provider: ${name}`, () => {
    const { providers } = judgeHealth({ ...well, ...facts })
    assert.deepEqual(
      providers.map((provider) => provider.status),
      [status, 'healthy'],
    )
  })

function windowOf(calls: number, successShare: number): HealthFacts['window'] {
  return { requests: 100, errors: 0, providers: { a: { calls, successShare } } }
}
