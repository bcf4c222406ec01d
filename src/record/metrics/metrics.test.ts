import assert from 'node:assert/strict'
import { test } from 'node:test'
import parsePrometheusTextFormat from 'parse-prometheus-text-format'
import type { LedgerRecord } from '../../protocol/ledger-entry.ts'
import { metricTable } from './metric-table.ts'
import { createMetrics, type Metrics } from './metrics.ts'

const record: Omit<LedgerRecord, 'commitments'> = {
  requestId: 'r',
  traceId: 'r',
  tenant: 'default',
  atUtc: '2026-01-01T00:00:00.000Z',
  route: 'chat',
  dialect: 'openai',
  stream: true,
  initialPromptHash: 'h',
  outcome: 'SUCCESS',
  attempts: [
    {
      provider: 'a',
      model: 'm',
      key: 'k',
      startedMs: 0,
      endedMs: 40,
      fault: { code: 'upstream_error', class: 'server', message: '' },
      next: 'other_provider',
      because: '',
    },
    {
      provider: 'b',
      model: 'm',
      key: 'k',
      startedMs: 40,
      endedMs: 90,
      inputTokens: 3,
      outputTokens: 2,
      costUsd: '0.000010',
      recovery: 'prefill',
      next: 'done',
      because: '',
    },
  ],
  resilienceEvents: [{ topic: 'cache.miss', atMs: 0 }],
  resilienceEventsLeftOut: 0,
  totalLatencyMs: 90,
  timeToFirstTokenMs: 50,
  totalApiCalls: 2,
  selectionMode: 'priority',
  rewriteAttempted: false,
  resilienceScore: 1,
  metadata: {},
  dropped: [],
  simulated: true,
}

const open = () => createMetrics({ isRoute: (name) => name === 'chat', process: false })

/** Counters and gauges; the parser does not read histograms that have labels. */
async function read(metrics: Metrics): Promise<readonly string[]> {
  const { text } = await metrics.text()
  const single = parsePrometheusTextFormat(text).filter(({ type }) => type !== 'HISTOGRAM')
  return single.flatMap(({ name, metrics: values }) =>
    values.map(({ labels = {}, value }) => {
      const told = Object.entries(labels).map(([label, given]) => `${label}=${given}`)
      return `${name} ${told.join(' ')}: ${value}`
    }),
  )
}

test('metrics: a request is counted as what it was', async () => {
  const metrics = open()
  metrics.observe(record)
  metrics.refused('body_too_large')
  assert.deepEqual(
    (await read(metrics)).filter((line) => !/ : 0$/.test(line)),
    [
      'adaptive_mind_requests_total route=chat outcome=SUCCESS: 1',
      'adaptive_mind_refused_total code=body_too_large: 1',
      'adaptive_mind_attempts_total provider=a model=m result=server: 1',
      'adaptive_mind_attempts_total provider=b model=m result=answered: 1',
      'adaptive_mind_faults_total provider=a class=server code=upstream_error: 1',
      'adaptive_mind_failovers_total next=other_provider: 1',
      'adaptive_mind_streams_recovered_total way=prefill: 1',
      'adaptive_mind_cache_lookups_total result=miss: 1',
      'adaptive_mind_tokens_total provider=b model=m direction=input: 3',
      'adaptive_mind_tokens_total provider=b model=m direction=output: 2',
      'adaptive_mind_cost_usd_total provider=b model=m: 0.00001',
    ],
  )
  const { text } = await metrics.text()
  for (const line of [
    'adaptive_mind_request_duration_seconds_bucket{le="0.1",route="chat",stream="true"} 1',
    'adaptive_mind_request_duration_seconds_bucket{le="0.025",route="chat",stream="true"} 0',
    'adaptive_mind_request_duration_seconds_sum{route="chat",stream="true"} 0.09',
    'adaptive_mind_first_token_seconds_sum{route="chat"} 0.05',
    'adaptive_mind_attempt_duration_seconds_count{provider="a"} 1',
  ])
    assert.ok(text.includes(`${line}\n`), line)
})

test('metrics: calls beside the attempts count for whom they were made to', async () => {
  const metrics = open()
  const called = { provider: 'v', model: 'e', key: 'k', startedMs: 0, endedMs: 5 }
  const beside = { ...record, attempts: [], resilienceEvents: [] }
  metrics.observe({ ...beside, vectorCall: { ...called, inputTokens: 4, costUsd: '0.000002' } })
  const fault = { code: 'upstream_error', class: 'server', message: '' } as const
  metrics.observe({ ...beside, vectorCall: { ...called, fault } })
  const rewrite = { startedMs: 0, endedMs: 1, beforeHash: 'h', reason: 'nobody answered' }
  const paid = { provider: 'w', model: 'r', inputTokens: 3, outputTokens: 2, costUsd: '0.000005' }
  metrics.observe({ ...beside, rewrites: [rewrite, { ...rewrite, ...paid }] })
  assert.deepEqual(
    (await read(metrics)).filter((line) => !/ : 0$/.test(line)),
    [
      'adaptive_mind_requests_total route=chat outcome=SUCCESS: 3',
      'adaptive_mind_attempts_total provider=v model=e result=answered: 1',
      'adaptive_mind_attempts_total provider=v model=e result=server: 1',
      'adaptive_mind_faults_total provider=v class=server code=upstream_error: 1',
      'adaptive_mind_tokens_total provider=v model=e direction=input: 4',
      'adaptive_mind_tokens_total provider=w model=r direction=input: 3',
      'adaptive_mind_tokens_total provider=w model=r direction=output: 2',
      'adaptive_mind_cost_usd_total provider=v model=e: 0.000002',
      'adaptive_mind_cost_usd_total provider=w model=r: 0.000005',
    ],
  )
})

test('metrics: names that callers choose cannot grow the page without end', async () => {
  const metrics = open()
  for (let i = 0; i < 1_000; i += 1) {
    const attempts = record.attempts.map((attempt) => ({ ...attempt, model: `m${i}` }))
    metrics.observe({ ...record, route: `a/m${i}`, attempts })
  }
  const lines = await read(metrics)
  assert.ok(lines.length < 1_500, `${lines.length} lines`)
  assert.ok(lines.includes('adaptive_mind_requests_total route=direct outcome=SUCCESS: 1000'))
})

test('metrics: gauges are replaced, so that what is gone is told no more', async () => {
  const metrics = open()
  metrics.set('adaptive_mind_circuit_open', [[{ provider: 'a', model: 'm' }, 1]])
  metrics.set('adaptive_mind_circuit_open', [[{ provider: 'b', model: 'm' }, 0]])
  const lines = (await read(metrics)).filter((line) => line.startsWith('adaptive_mind_circuit_open'))
  assert.deepEqual(lines, ['adaptive_mind_circuit_open provider=b model=m: 0'])
})

test('metrics: a label with quotes and line ends stays one line', async () => {
  const metrics = open()
  metrics.refused('a"b\nc\\d')
  const { text } = await metrics.text()
  assert.equal(parsePrometheusTextFormat(text).length, Object.keys(metricTable).length)
})

test('metrics: with the process’s own there is the lag of the event loop', async () => {
  const { text } = await createMetrics({ isRoute: () => true, process: true }).text()
  const names = parsePrometheusTextFormat(text).map(({ name }) => name)
  for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes'])
    assert.ok(names.includes(name), name)
})
