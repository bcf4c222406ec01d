/** Opens what serving at work needs beside the engine: limits, the cache, and the Redis that processes share. */

import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { type AnswerCache, createAnswerCache } from '../gateway/cache/answer-cache.ts'
import { createRedisTier } from '../gateway/cache/redis-tier.ts'
import type { AnswerMeta, Engine } from '../gateway/engine/engine-port.ts'
import { type BudgetMark, createLimits, type Limits } from '../gateway/limits/limits.ts'
import { usdText } from '../gateway/limits/micro-usd.ts'
import { createRedisLimits } from '../gateway/limits/redis-limits.ts'
import type { RedisLink } from '../gateway/transport/redis-link.ts'
import type { Bus } from '../record/bus.ts'
import { askSpend } from '../record/spend/ask-spend.ts'
import { isLoopback } from '../server/guard.ts'
import { createIdempotency } from '../server/idempotency/idempotency.ts'
import { createRedisNotes } from '../server/idempotency/redis-notes.ts'
import { clientAddress, trustsOf } from '../server/limits/client-address.ts'
import { createLoadMeter } from '../server/limits/load-meter.ts'
import { createRateGate, type RateGate } from '../server/limits/rate-gate.ts'
import { shed } from '../server/limits/shed.ts'
import type { ServingParts } from '../server/serving-parts.ts'
import type { SharedStores } from './workers/shared-by-workers.ts'
import { journalDirs } from './workers/worker-dirs.ts'

export interface OpenServing {
  readonly cache: AnswerCache<AnswerMeta>
  readonly limits: Limits
  readonly rates: RateGate
  /** What the server's routes need. */
  parts(engine: Pick<Engine, 'running'>): Omit<ServingParts, 'batches' | 'prewarm' | 'health'>
  close(): void
}

export interface ServingOptions {
  /** In force now. */
  readonly config: () => Config
  readonly dataDir: string
  /** Whether callers need a key. */
  readonly asksForKey: () => boolean
  readonly clock: Clock
  readonly bus: Bus
  /** One line for each change of state. */
  readonly onProblem: (line: string) => void
  /** What several processes of this machine share; a Redis stands above it. */
  readonly shared?: SharedStores | undefined
}

/** How long a start waits for Redis; the gateway serves without it. */
const redisStartMs = 500

export async function openServing(options: ServingOptions): Promise<OpenServing> {
  const { config, dataDir, clock, bus, asksForKey } = options
  const first = config()
  const link = first.redis.url === undefined ? undefined : await linkTo(first.redis.url, options)
  await link?.settled(redisStartMs)
  const shared = link ? sharedInRedis(link, first.redis.prefix) : options.shared
  const cache = createAnswerCache<AnswerMeta>({ config: first.cache, clock, far: shared?.far })
  const limits = createLimits({
    clock,
    shared: shared?.limits,
    sharesRestored: link === undefined,
    ...(link ? { onBack: link.onBack } : {}),
    onMark: (mark) => bus.publish('alert.raised', { alert: markText(mark) }),
  })
  const isExposed = () => !isLoopback(first.server.host) || asksForKey()
  const rates = createRateGate({ limits, config, clock, isExposed })
  const meter = createLoadMeter(clock, () => config().shedding.lagMs)
  const idempotency = createIdempotency({
    clock,
    longestMs: () => config().timeouts.totalMs,
    shared: shared?.notes,
  })
  return {
    cache,
    limits,
    rates,
    parts: (engine) => ({
      spend: { ask: (question) => askSpend(journalDirs(dataDir), question) },
      cache,
      idempotency,
      rates,
      shed: () => shed({ ...meter.load(), inFlight: engine.running() }, config().shedding),
      addressOf: addressReader(first),
    }),
    close() {
      meter.close()
      link?.close()
    },
  }
}

function sharedInRedis(link: RedisLink, prefix: string): SharedStores {
  return {
    limits: createRedisLimits(link, { prefix }),
    far: createRedisTier(link, prefix),
    notes: createRedisNotes(link, prefix),
  }
}

/** Reads who calls off a request, behind the proxies that are trusted. */
export function addressReader({ server }: Pick<Config, 'server'>): ServingParts['addressOf'] {
  const trusts = trustsOf(server.trustProxy ?? [])
  return ({ headers, socket: { remoteAddress } }) => {
    const header = headers['x-forwarded-for']
    const forwardedFor = Array.isArray(header) ? header.join(',') : header
    return clientAddress({ remoteAddress, forwardedFor }, trusts)
  }
}

/** `budget:key:vk_1:2030-01-31` */
function markText({ name, share, limitMicroUsd }: BudgetMark): string {
  const [, kind, who, period] = name.split(':')
  return `${share * 100} % of the budget of ${kind} ${who} for ${period} (${usdText(limitMicroUsd)} USD) is spent`
}

/** The client is read only where a Redis is configured. */
async function linkTo(url: string, { config, clock, onProblem }: ServingOptions): Promise<RedisLink> {
  const { openRedisLink } = await import('../gateway/transport/redis-link.ts')
  const { prefix, waitMs } = config().redis
  return openRedisLink({ url, prefix, waitMs, clock, onChange: onProblem })
}
