/** Counts what happens, for Prometheus; records are counted after the answer has gone. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LedgerRecord, VectorCall } from '../../protocol/ledger-entry.ts'
import type { Attempt } from '../../protocol/plan.ts'
import { type MetricName, type MetricRow, metricTable } from './metric-table.ts'
import { type Labels, openTally, type Timings } from './tally.ts'

export interface Metrics {
  /** Takes the record at once and counts it a turn later. */
  observe(record: Omit<LedgerRecord, 'commitments'>): void
  refused(code: string): void
  count(name: MetricName, labels: Labels, by?: number): void
  /** Replaces all values of a gauge, or sets a counter that is kept elsewhere. */
  set(name: MetricName, values: readonly (readonly [labels: Labels, value: number])[]): void
  text(): Promise<{ readonly text: string; readonly contentType: string }>
}

export interface MetricsOptions {
  /** Names that may stand as a route; others are counted as `direct`, for callers choose them. */
  readonly isRoute: (name: string) => boolean
  /** Node's own metrics: event loop, memory, processor. */
  readonly process: boolean
}

/** Different values of `model` per process; beyond it `other`, for a provider may take any name. */
const modelLimit = 200

export function createMetrics({ isRoute, process: ofProcess }: MetricsOptions): Metrics {
  const registry = new Registry()
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const all = new Map<string, Counter | Gauge | Histogram>()
  for (const [name, row] of Object.entries(metricTable)) all.set(name, make(name, row, registry))
  const waiting: Omit<LedgerRecord, 'commitments'>[] = []
  const boundedModel = atMost(modelLimit)
  const observe = ({ name, labels, seconds }: Timings) => {
    const metric = all.get(name)
    if (metric instanceof Histogram) for (const one of seconds) metric.observe(labels, one)
  }
  const tally = openTally(observe)
  const count: Metrics['count'] = (name, labels, by = 1) => tally.count(name, labels, by)
  const takeOver = () => {
    const { counts, timings } = tally.take()
    for (const { name, labels, by } of counts) {
      const metric = all.get(name)
      if (metric instanceof Counter) metric.inc(labels, by)
    }
    timings.forEach(observe)
  }
  const time = (name: MetricName, labels: Labels, ms: number) => tally.time(name, labels, ms / 1_000)
  const counting: Counting = { count, time, modelOf: boundedModel, isRoute }
  const countWaiting = () => {
    for (const record of waiting.splice(0)) countRecord(counting, record)
  }
  return {
    count,
    observe(record) {
      waiting.push(record)
      if (waiting.length === 1) setImmediate(countWaiting)
    },
    refused: (code) => count('adaptive_mind_refused_total', { code }),
    set(name, values) {
      const metric = all.get(name)
      if (metric === undefined || metric instanceof Histogram) return
      metric.reset()
      for (const [labels, value] of values)
        if (metric instanceof Gauge) metric.set(labels, value)
        else metric.inc(labels, value)
    },
    async text() {
      countWaiting()
      takeOver()
      return { text: await registry.metrics(), contentType: registry.contentType }
    },
  }
}

function make(name: string, { kind, help, labels, buckets }: MetricRow, registry: Registry) {
  const options = { name, help, labelNames: [...labels], registers: [registry] }
  if (kind === 'counter') return new Counter(options)
  if (kind === 'gauge') return new Gauge(options)
  return new Histogram({ ...options, buckets: [...(buckets ?? [])] })
}

function atMost(limit: number): (name: string) => string {
  const known = new Set<string>()
  return (name) => {
    if (known.has(name)) return name
    if (known.size >= limit) return 'other'
    known.add(name)
    return name
  }
}

interface Counting {
  readonly count: Metrics['count']
  readonly time: (name: MetricName, labels: Labels, ms: number) => void
  readonly modelOf: (model: string) => string
  readonly isRoute: (name: string) => boolean
}

function countRecord(counting: Counting, record: Omit<LedgerRecord, 'commitments'>): void {
  const { count, time } = counting
  const route = counting.isRoute(record.route) ? record.route : 'direct'
  count('adaptive_mind_requests_total', { route, outcome: record.outcome })
  time(
    'adaptive_mind_request_duration_seconds',
    { route, stream: String(record.stream) },
    record.totalLatencyMs,
  )
  if (record.stream && record.timeToFirstTokenMs !== undefined)
    time('adaptive_mind_first_token_seconds', { route }, record.timeToFirstTokenMs)
  for (const attempt of record.attempts) countAttempt(counting, attempt)
  if (record.vectorCall) countVectorCall(counting, record.vectorCall)
  for (const rewrite of record.rewrites ?? []) countPaid(counting, rewrite)
  for (const { topic } of record.resilienceEvents) {
    const event = countedEvents[topic]
    if (event) count(event[0], event[1])
  }
}

const countedEvents: Readonly<Record<string, readonly [MetricName, Labels]>> = {
  'cache.hit': ['adaptive_mind_cache_lookups_total', { result: 'hit' }],
  'cache.miss': ['adaptive_mind_cache_lookups_total', { result: 'miss' }],
  'prompt.humanization.success': ['adaptive_mind_rewrites_total', { result: 'success' }],
  'prompt.humanization.failure': ['adaptive_mind_rewrites_total', { result: 'failure' }],
}

function countAttempt(counting: Counting, attempt: Attempt): void {
  const { fault, recovery, next } = attempt
  const { count } = counting
  countCall(counting, attempt)
  if (fault) count('adaptive_mind_failovers_total', { next })
  if (recovery && !fault) count('adaptive_mind_streams_recovered_total', { way: recovery })
  countPaid(counting, attempt)
}

function countVectorCall(counting: Counting, call: VectorCall): void {
  countCall(counting, call)
  countPaid(counting, call)
}

/** One call to a provider and how it ended. */
function countCall({ count, time, modelOf }: Counting, call: Attempt | VectorCall): void {
  const { provider, fault } = call
  const model = modelOf(call.model)
  count('adaptive_mind_attempts_total', { provider, model, result: fault?.class ?? 'answered' })
  time('adaptive_mind_attempt_duration_seconds', { provider }, call.endedMs - call.startedMs)
  if (fault) count('adaptive_mind_faults_total', { provider, class: fault.class, code: fault.code })
}

/** What a rewriter of one's own names nobody for is nobody's. */
function countPaid(
  { count, modelOf }: Counting,
  paid: Partial<Pick<Attempt, 'provider' | 'model' | 'inputTokens' | 'outputTokens' | 'costUsd'>>,
): void {
  const { provider, inputTokens, outputTokens, costUsd } = paid
  if (provider === undefined || paid.model === undefined) return
  const model = modelOf(paid.model)
  const tokens = (direction: string, number: number | undefined) => {
    if (number) count('adaptive_mind_tokens_total', { provider, model, direction }, number)
  }
  tokens('input', inputTokens)
  tokens('output', outputTokens)
  if (Number(costUsd) > 0) count('adaptive_mind_cost_usd_total', { provider, model }, Number(costUsd))
}
