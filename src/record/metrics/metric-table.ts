/** Every metric the gateway tells Prometheus: the page of metrics and the registry are made from this table. */

export interface MetricRow {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly buckets?: readonly number[]
}

/** Seconds; from a cache's answer to a long reasoning one. */
const latencyBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120]

const counter = (help: string, ...labels: readonly string[]): MetricRow => ({ kind: 'counter', help, labels })
const gauge = (help: string, ...labels: readonly string[]): MetricRow => ({ kind: 'gauge', help, labels })
const seconds = (help: string, ...labels: readonly string[]): MetricRow => ({
  kind: 'histogram',
  help,
  labels,
  buckets: latencyBuckets,
})

export const metricTable = {
  adaptive_mind_requests_total: counter('Accepted requests by how they ended.', 'route', 'outcome'),
  adaptive_mind_refused_total: counter('Requests refused before they were accepted, by fault code.', 'code'),
  adaptive_mind_attempts_total: counter(
    'Calls to providers; `result` is `answered` or the fault’s class.',
    'provider',
    'model',
    'result',
  ),
  adaptive_mind_faults_total: counter('Faults of providers by class and code.', 'provider', 'class', 'code'),
  adaptive_mind_failovers_total: counter(
    'What followed a failed call: `retry`, `wait`, `other_key`, `other_model`, `other_provider`, `give_up`.',
    'next',
  ),
  adaptive_mind_streams_recovered_total: counter('Streams that another target finished, by the way.', 'way'),
  adaptive_mind_rewrites_total: counter('Rewrites of refused prompts by result.', 'result'),
  adaptive_mind_cache_lookups_total: counter('Look-ups in the cache: `hit` or `miss`.', 'result'),
  adaptive_mind_cache_tier_lookups_total: counter(
    'Look-ups in one tier of the cache: `memory`, or `shared`, which processes have in common; `hit` or `miss`.',
    'tier',
    'result',
  ),
  adaptive_mind_cache_tier_seconds: gauge(
    'How long the last 1,000 look-ups in a tier took; `quantile` is `0.5` or `0.99`.',
    'tier',
    'quantile',
  ),
  adaptive_mind_cache_bytes: gauge('Bytes of answers in memory.'),
  adaptive_mind_cache_entries: gauge('Answers in memory.'),
  adaptive_mind_cache_evicted_total: counter('Answers in memory that made room for others.'),
  adaptive_mind_redis_up: gauge('1 while the configured Redis answers, 0 while it is left alone.'),
  adaptive_mind_tokens_total: counter(
    'Tokens of answered calls: `input` or `output`.',
    'provider',
    'model',
    'direction',
  ),
  adaptive_mind_cost_usd_total: counter(
    'Estimated cost of calls, USD, where prices are known.',
    'provider',
    'model',
  ),
  adaptive_mind_request_duration_seconds: seconds(
    'From accepting a request to the end of its answer.',
    'route',
    'stream',
  ),
  adaptive_mind_first_token_seconds: seconds(
    'From accepting a streamed request to its first content.',
    'route',
  ),
  adaptive_mind_attempt_duration_seconds: seconds('One call to a provider.', 'provider'),
  adaptive_mind_requests_running: gauge('Requests running now.'),
  adaptive_mind_circuit_open: gauge(
    '1 while the circuit of a target refuses calls, else 0.',
    'provider',
    'model',
  ),
  adaptive_mind_key_health: gauge(
    'Health of a key for a model, 0 (resting or disabled) to 1.',
    'provider',
    'model',
    'key',
  ),
  adaptive_mind_keys: gauge(
    'Keys of a provider by standing: `free`, `resting`, `disabled`, `not_allowed`.',
    'provider',
    'standing',
  ),
  adaptive_mind_learned_score: gauge('Learned score of a target, 0 to 1.', 'provider', 'model'),
  adaptive_mind_ledger_waiting: gauge('Ledger entries handed over and not yet confirmed.'),
  adaptive_mind_events_dropped_total: counter('Events a slow subscriber lost.'),
  adaptive_mind_export_queue: gauge('Traces that wait to be exported.', 'exporter'),
  adaptive_mind_exported_total: counter('Traces that were exported.', 'exporter'),
  adaptive_mind_export_dropped_total: counter(
    'Traces that were not exported: the queue was full or the sink refused.',
    'exporter',
  ),
} as const satisfies Readonly<Record<string, MetricRow>>

export type MetricName = keyof typeof metricTable
