/** The page of metrics, and a Grafana dashboard over them, from the table the registry is made of. */

import { type MetricName, type MetricRow, metricTable } from '../src/record/metrics/metric-table.ts'

const rows = Object.entries(metricTable).map(
  ([name, { kind, help, labels }]: [string, MetricRow]) =>
    `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
)

export function metricsPage(): string {
  return `# Metrics

\`GET /metrics\` in Prometheus' text format, together with Node's own (\`process_*\`, \`nodejs_*\`: memory, event-loop lag, garbage collection). This table is generated from the code. A request is counted after its answer has gone; gauges are read when the page is asked for.

\`route\` is a configured route, or \`direct\` where the caller addressed a model. Of \`model\` the first 200 names are told apart and the rest are \`other\`, so that callers cannot grow the page without end. Durations are in seconds. Costs are estimates from known prices.

| metric | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}

A dashboard for Grafana over these metrics: [grafana/adaptive-mind.json](grafana/adaptive-mind.json) (import it and choose the Prometheus data source).
`
}

interface Panel {
  readonly title: string
  readonly unit: string
  /** Query and legend; names of ours are checked against the table. */
  readonly queries: readonly (readonly [expression: string, legend: string])[]
}

const rate = (name: MetricName, by: string) => `sum by (${by}) (rate(${name}[5m]))`
const quantile = (share: number, name: MetricName, by = '') =>
  `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (rate(${name}_bucket[5m])))`

const panels: readonly Panel[] = [
  {
    title: 'Requests by outcome',
    unit: 'reqps',
    queries: [[rate('adaptive_mind_requests_total', 'outcome'), '{{outcome}}']],
  },
  {
    title: 'Request duration',
    unit: 's',
    queries: [0.5, 0.95, 0.99].map(
      (share) => [quantile(share, 'adaptive_mind_request_duration_seconds'), `p${share * 100}`] as const,
    ),
  },
  {
    title: 'First token',
    unit: 's',
    queries: [0.5, 0.95].map(
      (share) => [quantile(share, 'adaptive_mind_first_token_seconds'), `p${share * 100}`] as const,
    ),
  },
  {
    title: 'Calls by provider and result',
    unit: 'reqps',
    queries: [[rate('adaptive_mind_attempts_total', 'provider, result'), '{{provider}} {{result}}']],
  },
  {
    title: 'Faults by class',
    unit: 'reqps',
    queries: [[rate('adaptive_mind_faults_total', 'provider, class'), '{{provider}} {{class}}']],
  },
  {
    title: 'What followed a fault',
    unit: 'reqps',
    queries: [[rate('adaptive_mind_failovers_total', 'next'), '{{next}}']],
  },
  {
    title: 'Open circuits',
    unit: 'short',
    queries: [['adaptive_mind_circuit_open', '{{provider}}/{{model}}']],
  },
  {
    title: 'Key health',
    unit: 'percentunit',
    queries: [['adaptive_mind_key_health', '{{provider}}/{{model}} {{key}}']],
  },
  {
    title: 'Learned score',
    unit: 'percentunit',
    queries: [['adaptive_mind_learned_score', '{{provider}}/{{model}}']],
  },
  {
    title: 'Provider latency p95',
    unit: 's',
    queries: [[quantile(0.95, 'adaptive_mind_attempt_duration_seconds', 'provider'), '{{provider}}']],
  },
  {
    title: 'Tokens',
    unit: 'short',
    queries: [[rate('adaptive_mind_tokens_total', 'provider, direction'), '{{provider}} {{direction}}']],
  },
  {
    title: 'Cost per hour',
    unit: 'currencyUSD',
    queries: [
      ['sum by (provider, model) (increase(adaptive_mind_cost_usd_total[1h]))', '{{provider}}/{{model}}'],
    ],
  },
  {
    title: 'Cache',
    unit: 'reqps',
    queries: [[rate('adaptive_mind_cache_lookups_total', 'result'), '{{result}}']],
  },
  {
    title: 'Queues and drops',
    unit: 'short',
    queries: [
      ['adaptive_mind_ledger_waiting', 'ledger'],
      ['adaptive_mind_export_queue', '{{exporter}}'],
      ['increase(adaptive_mind_events_dropped_total[5m])', 'events dropped'],
      ['increase(adaptive_mind_export_dropped_total[5m])', '{{exporter}} dropped'],
    ],
  },
  {
    title: 'Event-loop lag',
    unit: 's',
    queries: [
      ['nodejs_eventloop_lag_p99_seconds', 'p99'],
      ['nodejs_eventloop_lag_mean_seconds', 'mean'],
    ],
  },
  {
    title: 'Refused requests',
    unit: 'reqps',
    queries: [[rate('adaptive_mind_refused_total', 'code'), '{{code}}']],
  },
]

const source = { type: 'prometheus', uid: '$datasource' }
const [columns, width, height] = [2, 12, 8]

export function grafanaDashboard(): object {
  return {
    title: 'Adaptive Mind',
    uid: 'adaptive-mind',
    schemaVersion: 39,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
    panels: panels.map(({ title, unit, queries }, at) => ({
      id: at + 1,
      title,
      type: 'timeseries',
      datasource: source,
      gridPos: { x: (at % columns) * width, y: Math.floor(at / columns) * height, w: width, h: height },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: queries.map(([expr, legendFormat], place) => ({
        refId: String.fromCharCode(65 + place),
        datasource: source,
        expr,
        legendFormat,
      })),
    })),
  }
}
