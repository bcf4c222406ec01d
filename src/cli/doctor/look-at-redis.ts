/** Asks Redis for what the gateway needs of it: an answer in time, and leave to write. */

import { systemClock } from '../../base/clock.ts'
import type { RedisConfig } from '../../config/config.ts'
import { type Finding, fine, notice, wrong } from './finding.ts'

const connectMs = 2_000

export async function lookAtRedis({ url, prefix, waitMs }: RedisConfig): Promise<Finding> {
  if (url === undefined) return fine('redis', 'none is configured: each process keeps to itself')
  const { openRedisLink } = await import('../../gateway/transport/redis-link.ts')
  let reason = ''
  const link = openRedisLink({
    url,
    prefix,
    waitMs: connectMs,
    clock: systemClock,
    onChange: (line) => {
      reason = /\((.*)\)/.exec(line)?.[1] ?? line
    },
  })
  try {
    await link.settled(connectMs)
    const startMs = systemClock.monoMs()
    const answer = await link.ask((redis) => redis.ping())
    const tookMs = systemClock.monoMs() - startMs
    if (!answer.ok) return judgeRedis(withoutPassword(url), reason)
    const shown = `${withoutPassword(url)} answers and can be written, in ${tookMs.toFixed(1)} ms`
    return tookMs < waitMs
      ? fine('redis', shown)
      : notice(
          'redis',
          shown,
          `Requests wait at most ${waitMs} ms for it: put it nearer, or raise redis.wait_ms.`,
        )
  } finally {
    link.close()
  }
}

/** From the reason the connection gives. */
export function judgeRedis(url: string, reason: string): Finding {
  const remedies: readonly (readonly [RegExp, string])[] = [
    [/NOAUTH|WRONGPASS|NOPERM/, 'Write user and password into redis.url: redis://USER:PASSWORD@HOST:PORT.'],
    [/OOM/, 'Raise its maxmemory, or set maxmemory-policy to allkeys-lru.'],
    [
      /READONLY|MASTERDOWN/,
      'It is a copy that cannot be written: put the address of its master into redis.url.',
    ],
    [/LOADING/, 'It is reading its data: wait a moment.'],
    [/MISCONF/, 'It cannot save to its disk: free space there.'],
    [/ENOTFOUND|EAI_AGAIN/, 'Check the name of the host in redis.url.'],
  ]
  const known = remedies.find(([pattern]) => pattern.test(reason))
  const remedy = known?.[1] ?? 'Start it, or check host and port in redis.url. The gateway serves without it.'
  return wrong('redis', `${url} does not serve: ${reason || 'no connection'}`, remedy)
}

function withoutPassword(url: string): string {
  const parsed = URL.parse(url)
  return parsed ? `${parsed.protocol}//${parsed.host}` : 'redis'
}
