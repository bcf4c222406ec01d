/** Limits counted in a Redis that processes share: every request's claims in one step of its own. */

import { hash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { done, type Outcome } from '../../base/outcome.ts'
import type { NoAnswer, RedisLink } from '../transport/redis-link.ts'
import type { Claim, Grant, LimitedThing, Spent, Standing } from './claim.ts'
import { microUsdOf, tokensBeyond } from './limit-store.ts'
import { settleScript, takeScript } from './redis-scripts.ts'

export type SharedGrant = Grant & { readonly tookAtMs: number }

/** As `LimitStore`, for a store that may not answer. */
export interface SharedLimits {
  take(holder: string, claims: readonly Claim[]): Promise<Outcome<SharedGrant, NoAnswer>>
  settle(
    holder: string,
    claims: readonly Claim[],
    spent: Spent & { readonly tookAtMs: number },
  ): Promise<Outcome<unknown, NoAnswer>>
}

export interface RedisLimitsOptions {
  readonly prefix: string
  /** Instead of Redis's own time; for tests. */
  readonly nowMs?: () => number
}

export function createRedisLimits(link: RedisLink, { prefix, nowMs }: RedisLimitsOptions): SharedLimits {
  const keysOf = (claims: readonly Claim[]) => claims.map(({ name }) => `${prefix}:limit:${name}`)
  const timeText = () => String(nowMs?.() ?? -1)
  return {
    async take(holder, claims) {
      const args = [timeText(), holder, JSON.stringify(claims)]
      const answer = await link.ask((redis) => run(redis, take, { keys: keysOf(claims), args }))
      return answer.ok ? done(readGrant(answer.value, claims)) : answer
    },
    settle(holder, claims, spent) {
      const amounts = claims.map((claim) =>
        claim.kind === 'budget' ? microUsdOf(claim, spent) : tokensBeyond(claim, spent),
      )
      const told = JSON.stringify({ amounts, tookAtMs: spent.tookAtMs })
      const args = [timeText(), holder, JSON.stringify(claims), told]
      return link.ask((redis) => run(redis, settle, { keys: keysOf(claims), args }))
    },
  }
}

interface Script {
  readonly text: string
  readonly sha: string
}

const scriptOf = (text: string): Script => ({ text, sha: hash('sha1', text, 'hex') })
const take = scriptOf(takeScript)
const settle = scriptOf(settleScript)

interface Call {
  readonly keys: readonly string[]
  readonly args: readonly string[]
}

/** By its name, and with its text where Redis does not know it (yet, or since it began anew). */
async function run(redis: Redis, { text, sha }: Script, { keys, args }: Call): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return await redis.eval(text, keys.length, ...keys, ...args)
  }
}

function readGrant(answer: unknown, claims: readonly Claim[]): SharedGrant {
  const [granted = 0, claim = 0, wait = 0, aside = 0, tookAtMs = 0, ...rest] = Array.isArray(answer)
    ? answer.map(Number)
    : []
  const standingAt = (at: number, of: Claim | undefined): Standing => {
    const [limit = 0, remaining = 0, resetMs = 0] = rest.slice(at * 3, at * 3 + 3)
    return { what: thingOf(of), limit, remaining, resetMs }
  }
  if (granted === 1)
    return { granted: true, tookAtMs, standings: claims.map((one, at) => standingAt(at, one)) }
  return {
    granted: false,
    tookAtMs,
    claim,
    standing: standingAt(0, claims[claim]),
    ...(wait < 0 ? {} : { retryAfterMs: wait }),
    ...(claims[claim]?.kind === 'budget' ? { isSetAside: aside === 1 } : {}),
  }
}

function thingOf(claim: Claim | undefined): LimitedThing {
  if (claim?.kind === 'window') return claim.what
  return claim?.kind === 'slot' ? 'concurrency' : 'budget'
}
