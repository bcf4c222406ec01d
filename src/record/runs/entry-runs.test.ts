import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerEntry } from '../../protocol/ledger-entry.ts'
import type { Attempt } from '../../protocol/plan.ts'
import { orderRuns } from '../../protocol/run-tree.ts'
import { entryRuns } from './entry-runs.ts'

const attempt = (provider: string, startedMs: number, rest: Partial<Attempt> = {}): Attempt => ({
  provider,
  model: 'm',
  key: 'key_1',
  startedMs,
  endedMs: startedMs + 10,
  next: 'done',
  because: 'the answer is complete',
  ...rest,
})
const entry = (rest: Partial<LedgerEntry>): LedgerEntry => ({
  requestId: 'req_1',
  traceId: 'req_1',
  tenant: 'default',
  atUtc: '2026-01-01T00:00:00.000Z',
  route: 'chat',
  dialect: 'openai',
  stream: false,
  initialPromptHash: 'h',
  commitments: {},
  outcome: 'SUCCESS',
  attempts: [],
  resilienceEvents: [],
  resilienceEventsLeftOut: 0,
  totalLatencyMs: 100,
  totalApiCalls: 0,
  selectionMode: 'priority',
  rewriteAttempted: false,
  resilienceScore: 1,
  metadata: {},
  dropped: [],
  simulated: false,
  schemaVersion: 1,
  journalId: 'j',
  seq: 1,
  prevHash: '',
  hash: '',
  ...rest,
})
const fault = { code: 'upstream_error', class: 'server', message: 'broke' } as const

const rows: readonly [name: string, given: Partial<LedgerEntry>, expected: readonly string[]][] = [
  ['one answered attempt', { attempts: [attempt('a', 1)] }, ['0 chat success', '1 a/m success']],
  [
    'a failover: the failed attempt first, with its error',
    { attempts: [attempt('a', 1, { fault, next: 'other_provider' }), attempt('b', 20)] },
    ['0 chat success', '1 a/m error upstream_error: broke', '1 b/m success'],
  ],
  [
    'a request that failed',
    { outcome: 'FAILURE', error: { code: 'upstream_error', class: 'server', message: 'broke', chain: [] } },
    ['0 chat error upstream_error: broke'],
  ],
  ['a crash has no end to tell of', { outcome: 'UNKNOWN_CRASH' }, ['0 chat error']],
  [
    'a rewrite stands where it happened',
    {
      attempts: [attempt('a', 1, { fault }), attempt('a', 60)],
      resilienceEvents: [
        { topic: 'prompt.humanization.attempt', atMs: 20 },
        { topic: 'prompt.humanization.success', atMs: 50 },
      ],
    },
    ['0 chat success', '1 a/m error upstream_error: broke', '1 rewrite success', '1 a/m success'],
  ],
  [
    'a rewrite that failed says why',
    {
      resilienceEvents: [
        { topic: 'prompt.humanization.attempt', atMs: 20 },
        { topic: 'prompt.humanization.failure', atMs: 50, detail: 'empty' },
      ],
    },
    ['0 chat success', '1 rewrite error empty'],
  ],
  [
    'a look-up in the cache',
    { outcome: 'CACHED', resilienceEvents: [{ topic: 'cache.hit', atMs: 0.5 }] },
    ['0 chat success', '1 cache.hit success'],
  ],
]
for (const [name, given, expected] of rows) {
  test(`entry runs: ${name}`, () => {
    const { placed, orphans } = orderRuns(entryRuns(entry(given), {}))
    const told = placed.map(({ node, depth }) =>
      [depth, node.name, node.status, node.error].filter((one) => one !== undefined).join(' '),
    )
    assert.deepEqual(told, expected)
    assert.deepEqual(orphans, [])
  })
}

test('entry runs: texts stand with the root and with the attempt that answered', () => {
  const given = entry({ attempts: [attempt('a', 1, { fault }), attempt('b', 20, { costUsd: '0.000001' })] })
  const runs = entryRuns(given, { initialPrompt: 'Hi', finalResponse: 'A' })
  assert.deepEqual(
    runs.map(({ messages }) => [...messages.input, ...messages.output].map(({ text }) => text).join(' ')),
    ['Hi A', 'Hi', 'Hi A'],
  )
  assert.equal(runs[2]?.usage?.costUsd, '0.000001')
})

test('entry runs: the caller’s tags name the conversation and the person', () => {
  const [root] = entryRuns(entry({ metadata: { session_id: 's1', user_id: 'u1' } }), {})
  assert.deepEqual([root?.sessionId, root?.userId], ['s1', 'u1'])
})
