/** Every store of limits by the same rows: in this process, and in a real Redis. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import type {
  BudgetClaim,
  Claim,
  Grant,
  SlotClaim,
  Spent,
  WindowClaim,
} from '../../src/gateway/limits/claim.ts'
import { createMemoryLimits } from '../../src/gateway/limits/memory-limits.ts'
import { createRedisLimits } from '../../src/gateway/limits/redis-limits.ts'
import { openRedisLink, type RedisLink } from '../../src/gateway/transport/redis-link.ts'
import { type RedisProcess, skipWithoutRedis, startRedis } from '../e2e/redis-process.ts'

interface Store {
  take(holder: string, claims: readonly Claim[]): Promise<Grant>
  settle(holder: string, claims: readonly Claim[], spent: Spent & { tookAtMs: number }): Promise<void>
}

let nowMs = 1_000_000
let redis: RedisProcess | undefined
let link: RedisLink | undefined
let stores = 0

before(async () => {
  if (skipWithoutRedis) return
  redis = await startRedis()
  link = openRedisLink({
    url: redis.url,
    prefix: 'am',
    waitMs: 2_000,
    clock: systemClock,
    onChange: () => {},
  })
  await link.settled(2_000)
})
after(async () => {
  link?.close()
  await redis?.close()
})

function memoryStore(): Store {
  const store = createMemoryLimits({ monoMs: () => nowMs })
  return {
    take: async (holder, claims) => store.take(holder, claims),
    settle: async (holder, claims, spent) => store.settle(holder, claims, spent),
  }
}

function redisStore(): Store {
  stores += 1
  if (!link) throw new Error('Redis was not started')
  const store = createRedisLimits(link, { prefix: `test${stores}`, nowMs: () => nowMs })
  return {
    async take(holder, claims) {
      const answer = await store.take(holder, claims)
      if (!answer.ok) throw new Error(answer.fault)
      const { tookAtMs: _tookAtMs, ...grant } = answer.value
      return grant
    },
    async settle(holder, claims, spent) {
      const answer = await store.settle(holder, claims, spent)
      if (!answer.ok) throw new Error(answer.fault)
    },
  }
}

const requests: WindowClaim = {
  kind: 'window',
  what: 'requests',
  name: 'requests:a',
  limit: 3,
  windowMs: 60_000,
  amount: 1,
}
const tokens: WindowClaim = { ...requests, what: 'tokens', name: 'tokens:a', limit: 1_000, amount: 400 }
const slot: SlotClaim = { kind: 'slot', name: 'slots:a', limit: 2, holdForMs: 5_000 }
const budget: BudgetClaim = {
  kind: 'budget',
  name: 'budget:a:2030-01-31',
  limitMicroUsd: 1_000,
  amountMicroUsd: 400,
  endsInMs: 3_600_000,
  holdForMs: 5_000,
}

const is = (grant: Grant) =>
  grant.granted
    ? `granted ${grant.standings.map(({ what, remaining }) => `${what} ${remaining}`).join(', ')}`
    : `claim ${grant.claim} refused, ${grant.standing.remaining} left, again in ${grant.retryAfterMs}`

const suites: readonly [name: string, open: () => Store, skip: string | false][] = [
  ['memory', memoryStore, false],
  ['redis', redisStore, skipWithoutRedis],
]
for (const [name, open, skip] of suites) {
  const row = (what: string, run: (store: Store) => Promise<void>) =>
    test(`limits in ${name}: ${what}`, { skip }, async () => {
      nowMs = 1_000_000
      await run(open())
    })

  row('a window gives so many and names the wait', async (store) => {
    assert.equal(is(await store.take('1', [requests])), 'granted requests 2')
    nowMs += 10_000
    assert.equal(is(await store.take('2', [requests])), 'granted requests 1')
    assert.equal(is(await store.take('3', [requests])), 'granted requests 0')
    assert.equal(is(await store.take('4', [requests])), 'claim 0 refused, 0 left, again in 51000')
    nowMs += 51_000
    assert.equal(is(await store.take('4', [requests])), 'granted requests 0')
    assert.equal(is(await store.take('5', [requests])), 'claim 0 refused, 0 left, again in 10000')
  })

  row('of several claims all are met or none is taken', async (store) => {
    const claims = [requests, tokens, slot]
    assert.equal(is(await store.take('1', claims)), 'granted requests 2, tokens 600, concurrency 1')
    assert.equal(is(await store.take('2', claims)), 'granted requests 1, tokens 200, concurrency 0')
    assert.equal(is(await store.take('3', [requests, slot])), 'claim 1 refused, 0 left, again in 1000')
    assert.equal(is(await store.take('4', [requests, tokens])), 'claim 1 refused, 200 left, again in 61000')
    assert.equal(is(await store.take('5', [requests])), 'granted requests 0')
  })

  row('a slot is free when its request ends, or when nobody came back for it', async (store) => {
    await store.take('1', [slot])
    await store.take('2', [slot])
    assert.match(is(await store.take('3', [slot])), /refused/)
    await store.settle('1', [slot], { tookAtMs: nowMs })
    assert.equal(is(await store.take('3', [slot])), 'granted concurrency 0')
    nowMs += 5_000
    assert.equal(is(await store.take('4', [slot])), 'granted concurrency 1')
  })

  row('tokens are corrected by what was spent', async (store) => {
    await store.take('1', [tokens])
    await store.take('2', [tokens])
    assert.match(is(await store.take('3', [tokens])), /refused/)
    await store.settle('1', [tokens], { tookAtMs: nowMs, tokens: 100 })
    assert.equal(is(await store.take('3', [tokens])), 'granted tokens 100')
    await store.settle('3', [tokens], { tookAtMs: nowMs, tokens: 450 })
    const small = { ...tokens, amount: 1 }
    assert.equal(is(await store.take('4', [small])), 'granted tokens 49')
    await store.settle('2', [tokens], { tookAtMs: nowMs })
    assert.equal(is(await store.take('5', [small])), 'granted tokens 48')
  })

  row('an amount above the limit names no wait', async (store) => {
    const large = { ...tokens, amount: 2_000 }
    assert.equal(is(await store.take('1', [large])), 'claim 0 refused, 1000 left, again in undefined')
  })

  row('a budget holds back what is set aside, and gives back what was not spent', async (store) => {
    assert.equal(is(await store.take('1', [budget])), 'granted budget 600')
    assert.equal(is(await store.take('2', [budget])), 'granted budget 200')
    const waits = await store.take('3', [budget])
    assert.deepEqual([waits.granted, !waits.granted && waits.isSetAside], [false, true])
    await store.settle('1', [budget], { tookAtMs: nowMs, microUsd: 300 })
    await store.settle('2', [budget], { tookAtMs: nowMs, microUsd: 300 })
    assert.equal(is(await store.take('3', [budget])), 'granted budget 0')
    await store.settle('3', [budget], { tookAtMs: nowMs, microUsd: 350 })
    assert.equal(is(await store.take('4', [budget])), 'granted budget 0')
    await store.settle('4', [budget], { tookAtMs: nowMs, microUsd: 60 })
    const spent = await store.take('5', [budget])
    assert.deepEqual([spent.granted, !spent.granted && spent.isSetAside], [false, false])
    assert.equal(!spent.granted && spent.retryAfterMs, 3_600_000)
    const tomorrow = { ...budget, name: 'budget:a:2030-02-01' }
    assert.equal(is(await store.take('5', [tomorrow])), 'granted budget 600')
  })

  row('what a dead process had set aside comes back', async (store) => {
    await store.take('1', [{ ...budget, amountMicroUsd: 900 }])
    assert.match(is(await store.take('2', [budget])), /refused/)
    nowMs += 5_000
    assert.equal(is(await store.take('2', [budget])), 'granted budget 600')
    await store.settle('1', [{ ...budget, amountMicroUsd: 900 }], { tookAtMs: nowMs, microUsd: 100 })
    await store.settle('2', [budget], { tookAtMs: nowMs, microUsd: 100 })
    assert.equal(is(await store.take('3', [budget])), 'granted budget 400')
  })

  row('a cost that is not known counts as what was set aside', async (store) => {
    await store.take('1', [budget])
    await store.settle('1', [budget], { tookAtMs: nowMs })
    assert.equal(is(await store.take('2', [budget])), 'granted budget 200')
  })
}
