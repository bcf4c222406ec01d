/** The gauges of the metrics page, read when somebody asks for it. */

import type { CacheStats, TierStats } from '../gateway/cache/cache-counts.ts'
import type { Engine } from '../gateway/engine/engine-port.ts'
import type { ExplainedTarget } from '../protocol/explanation.ts'
import type { Ranking } from '../protocol/learning.ts'
import type { Bus } from '../record/bus.ts'
import type { Exporters } from '../record/exporters/exporters.ts'
import type { MetricName } from '../record/metrics/metric-table.ts'

type Value = readonly [labels: Readonly<Record<string, string>>, value: number]

export interface GaugeSources {
  readonly engine: Engine
  readonly bus: Bus
  readonly exporters: Exporters | undefined
  readonly ledger: { readonly waiting: number }
  readonly rankings: readonly Ranking[]
  readonly cache: CacheStats | undefined
  /** Absent where none is configured. */
  readonly isRedisAway: boolean | undefined
}

export function readGauges(sources: GaugeSources): readonly (readonly [MetricName, readonly Value[]])[] {
  const { engine, bus, exporters, ledger, rankings } = sources
  const targets = engine.standings()
  const counts = [...(exporters?.counts() ?? [])]
  return [
    ['adaptive_mind_requests_running', [[{}, engine.running()]]],
    ['adaptive_mind_circuit_open', targets.map(circuitValue)],
    ['adaptive_mind_key_health', targets.flatMap(keyValues)],
    ['adaptive_mind_keys', keyCounts(targets)],
    [
      'adaptive_mind_learned_score',
      rankings.map(({ provider, model, score }): Value => [{ provider, model }, score]),
    ],
    ['adaptive_mind_ledger_waiting', [[{}, ledger.waiting]]],
    ['adaptive_mind_events_dropped_total', [[{}, bus.dropped()]]],
    ['adaptive_mind_export_queue', counts.map(([exporter, { waiting }]): Value => [{ exporter }, waiting])],
    ['adaptive_mind_exported_total', counts.map(([exporter, { sent }]): Value => [{ exporter }, sent])],
    [
      'adaptive_mind_export_dropped_total',
      counts.map(([exporter, { dropped }]): Value => [{ exporter }, dropped]),
    ],
    ...(sources.cache ? cacheGauges(sources.cache) : []),
    ['adaptive_mind_redis_up', sources.isRedisAway === undefined ? [] : [[{}, sources.isRedisAway ? 0 : 1]]],
  ]
}

function cacheGauges({ memory, redis }: CacheStats): readonly (readonly [MetricName, readonly Value[]])[] {
  const tiers: (readonly [tier: string, stats: TierStats])[] = [['memory', memory]]
  if (redis) tiers.push(['shared', redis])
  const lookups = tiers.flatMap(([tier, { hits, misses }]): Value[] => [
    [{ tier, result: 'hit' }, hits],
    [{ tier, result: 'miss' }, misses],
  ])
  const times = tiers.flatMap(([tier, { p50Ms, p99Ms }]): Value[] =>
    p50Ms === undefined || p99Ms === undefined
      ? []
      : [
          [{ tier, quantile: '0.5' }, p50Ms / 1_000],
          [{ tier, quantile: '0.99' }, p99Ms / 1_000],
        ],
  )
  return [
    ['adaptive_mind_cache_tier_lookups_total', lookups],
    ['adaptive_mind_cache_tier_seconds', times],
    ['adaptive_mind_cache_bytes', [[{}, memory.bytes]]],
    ['adaptive_mind_cache_entries', [[{}, memory.entries]]],
    ['adaptive_mind_cache_evicted_total', [[{}, memory.evicted]]],
  ]
}

const circuitValue = ({ provider, model, circuit }: ExplainedTarget): Value => [
  { provider, model },
  circuit === 'open' ? 1 : 0,
]

const keyValues = ({ provider, model, keys }: ExplainedTarget): readonly Value[] =>
  keys.map(({ key, health = 0 }): Value => [{ provider, model, key }, health])

/** A key of several models counts once for each standing it has. */
function keyCounts(targets: readonly ExplainedTarget[]): readonly Value[] {
  const seen = new Map<string, Set<string>>()
  for (const { provider, keys } of targets)
    for (const { key, standing } of keys) {
      const name = `${provider}\n${standing}`
      seen.set(name, (seen.get(name) ?? new Set()).add(key))
    }
  return [...seen].map(([name, keys]): Value => {
    const [provider = '', standing = ''] = name.split('\n')
    return [{ provider, standing }, keys.size]
  })
}
