/** The sections about serving, in the form the program uses. */

import { toLimits } from './access-schema.ts'
import type {
  BatchConfig,
  CacheConfig,
  Config,
  PrewarmConfig,
  RatesConfig,
  RedisConfig,
  RouteCacheConfig,
  ServerConfig,
  SheddingConfig,
} from './config.ts'
import { targetOf } from './rewriter.ts'
import type { ConfigFile } from './schema.ts'

export function toDoor({
  trust_proxy: trustProxy,
  tls,
}: ConfigFile['server']): Pick<ServerConfig, 'trustProxy' | 'tls'> {
  return {
    ...(trustProxy.length > 0 ? { trustProxy } : {}),
    ...(tls ? { tls: { certFile: tls.cert_file, keyFile: tls.key_file } } : {}),
  }
}

export function toRouteCache({
  mode,
  ttl_ms: ttlMs,
  sampled,
  semantic,
}: ConfigFile['routes'][string]['cache']): RouteCacheConfig {
  return { mode: mode === false ? 'off' : mode, ttlMs, sampled, semantic }
}

export function toCache(file: ConfigFile['cache']): CacheConfig {
  return {
    memoryBytes: file.memory_bytes,
    memoryEntries: file.memory_entries,
    entryBytes: file.entry_bytes,
    staleIfErrorMs: file.stale_if_error_ms,
    ...toSemantic(file.semantic),
  }
}

function toSemantic({
  target,
  threshold,
  entries,
  wait_ms: waitMs,
}: ConfigFile['cache']['semantic']): Pick<CacheConfig, 'semantic'> {
  const named = targetOf(target)
  return named === undefined ? {} : { semantic: { target: named, threshold, entries, waitMs } }
}

export function toBatch(file: ConfigFile['batch']): BatchConfig {
  return {
    concurrency: file.concurrency,
    maxLines: file.max_lines,
    maxFileBytes: file.max_file_bytes,
    keepDays: file.keep_days,
  }
}

export function toPrewarm(given: ConfigFile['prewarm']): PrewarmConfig {
  const { file, on_start: onStart, interval_ms: intervalMs, workers, tenant } = given
  return { ...(file === undefined ? {} : { file }), onStart, intervalMs, workers, tenant }
}

export function toRedis({ url, prefix, wait_ms: waitMs }: ConfigFile['redis']): RedisConfig {
  return { ...(url === undefined ? {} : { url }), prefix, waitMs }
}

export function toRates({ mode, ...file }: ConfigFile['rates']): RatesConfig {
  return {
    mode: typeof mode === 'string' ? mode : mode ? 'on' : 'off',
    perMinute: {
      chat: file.chat_per_minute,
      embeddings: file.embeddings_per_minute,
      models: file.models_per_minute,
      health: file.health_per_minute,
      reading: file.reading_per_minute,
      writing: file.writing_per_minute,
      ingest: file.ingest_per_minute,
      trigger: file.trigger_per_minute,
    },
  }
}

export function toTenants(file: ConfigFile['tenants']): Config['tenants'] {
  return new Map(Object.entries(file).map(([name, { limits }]) => [name, toLimits(limits)]))
}

export function toShedding(file: ConfigFile['shedding']): SheddingConfig {
  return {
    inFlight: file.in_flight,
    lagMs: file.lag_ms,
    lagForMs: file.lag_for_ms,
    heapShare: file.heap_share,
  }
}
