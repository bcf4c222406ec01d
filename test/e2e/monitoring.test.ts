/** What an operator sees of a running gateway: metrics, health, the summary, and what was learned. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import parsePrometheusTextFormat from 'parse-prometheus-text-format'
import { metricTable } from '../../src/record/metrics/metric-table.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { skipWithoutRedis, startRedis } from './redis-process.ts'

const ask = async (gateway: GatewayProcess, model = 'chat') => {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await answer.text()
  return answer.status
}
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the test finds out.
const read = async (gateway: GatewayProcess, path: string): Promise<any> =>
  (await fetch(gateway.url + path)).json()

async function end(gateway: GatewayProcess): Promise<void> {
  await gateway.kill()
  gateway.remove()
}

test('monitoring: the metrics page is valid, complete, and counts what happened', async (t) => {
  const gateway = await startGateway()
  t.after(() => end(gateway))
  await ask(gateway)
  assert.equal(await ask(gateway, 'no-such'), 404)
  const page = await fetch(`${gateway.url}/metrics`)
  assert.match(page.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const metrics = new Map(parsePrometheusTextFormat(await page.text()).map((metric) => [metric.name, metric]))
  for (const [name, { kind }] of Object.entries(metricTable))
    assert.equal(metrics.get(name)?.type, kind.toUpperCase(), name)
  const value = (name: string, labels: Record<string, string>) =>
    metrics
      .get(name)
      ?.metrics.find((one) => Object.entries(labels).every(([label, given]) => one.labels?.[label] === given))
      ?.value
  assert.equal(value('adaptive_mind_requests_total', { outcome: 'SUCCESS', route: 'chat' }), '1')
  assert.equal(value('adaptive_mind_refused_total', { code: 'unknown_model' }), '1')
  assert.equal(value('adaptive_mind_attempts_total', { provider: 'sandbox', result: 'answered' }), '1')
  assert.equal(value('adaptive_mind_circuit_open', { provider: 'sandbox', model: 'small' }), '0')
  assert.equal(value('adaptive_mind_keys', { provider: 'sandbox', standing: 'free' }), '2')
  assert.ok(metrics.has('nodejs_eventloop_lag_p99_seconds'))
})

test('monitoring: a provider that is gone makes health say so, and the summary counts it', async (t) => {
  const gateway = await startGateway(`
providers: { gone: { dialect: openai, base_url: "http://127.0.0.1:9/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: gone, models: [m] } ] } }
attempts: { base_ms: 1, max_ms: 2 }
breaker: { trip_after: 3 }
`)
  t.after(() => end(gateway))
  assert.deepEqual((await read(gateway, '/health/detailed')).status, 'healthy')
  for (let i = 0; i < 12; i += 1) await ask(gateway)
  const answer = await fetch(`${gateway.url}/health/detailed`)
  assert.equal(answer.status, 503)
  const health = (await answer.json()) as { status: string; issues: string[]; requests: { ended: number } }
  assert.equal(health.status, 'unhealthy')
  assert.ok(health.issues.includes('12 of 12 requests failed'), health.issues.join())
  assert.ok(
    health.issues.some((issue) => issue.startsWith('gone: the circuit of m is open')),
    health.issues.join(),
  )
  const summary = await read(gateway, '/v1/monitoring/summary?window_s=60')
  assert.deepEqual([summary.requests, summary.errors, summary.successShare], [12, 12, 0])
  assert.equal(summary.lastErrors.length, 10)
  assert.match(summary.lastErrors[0].error, /^[a-z_]+: /)
  assert.equal(summary.providers.gone.successShare, 0)
})

test('monitoring: what was learned survives a restart', async (t) => {
  const first = await startGateway()
  t.after(() => end(first))
  for (let i = 0; i < 7; i += 1) await ask(first)
  assert.equal(await first.end(), 0)
  const second = await startGateway(undefined, { dir: first.dir })
  t.after(() => end(second))
  const { rankings } = await read(second, '/v1/learning/rankings')
  assert.equal(rankings.length, 1)
  const [ranking] = rankings
  assert.deepEqual(
    [ranking.rank, ranking.provider, ranking.samples, ranking.isTrusted],
    [1, 'sandbox', 7, true],
  )
  assert.ok(Math.abs(ranking.success - (1 - 0.25 * 0.8 ** 7)) < 1e-3)
  assert.ok(ranking.latency.p50Ms > 0 && ranking.because.length >= 4)
  const summary = await read(second, '/v1/monitoring/summary')
  assert.equal(summary.requests, 7)
})

test('monitoring: the cache and its Redis stand in metrics and health', {
  skip: skipWithoutRedis,
}, async (t) => {
  const store = await startRedis()
  t.after(() => store.close())
  const gateway = await startGateway(`
providers: { gone: { dialect: openai, base_url: "http://127.0.0.1:9/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: gone, models: [m] } ], cache: { mode: write, sampled: true } } }
attempts: { max: 1, base_ms: 1, max_ms: 2 }
redis: { url: "${store.url}" }
`)
  t.after(() => end(gateway))
  await ask(gateway)
  const value = async (name: string, labels: Record<string, string> = {}) => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text()
    const metric = parsePrometheusTextFormat(text).find((one) => one.name === name)
    return metric?.metrics.find((one) =>
      Object.entries(labels).every(([label, given]) => one.labels?.[label] === given),
    )?.value
  }
  const shared = { tier: 'shared', result: 'miss' }
  assert.equal(await value('adaptive_mind_cache_tier_lookups_total', shared), '1')
  assert.equal(await value('adaptive_mind_redis_up'), '1')
  assert.equal((await read(gateway, '/health/detailed')).stores.redis, 'ok')
  store.stop()
  await ask(gateway)
  const { stores, issues } = await read(gateway, '/health/detailed')
  assert.equal(stores.redis, 'away')
  assert.ok(issues.includes('Redis does not answer: each process keeps to itself'), issues.join())
  assert.equal(await value('adaptive_mind_redis_up'), '0')
  store.goOn()
})
