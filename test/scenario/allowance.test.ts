import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../src/gateway/engine/engine-port.ts'
import { allowanceFor } from '../../src/gateway/limits/allowance.ts'
import { createLimits, type Limits } from '../../src/gateway/limits/limits.ts'
import { usdText } from '../../src/gateway/limits/micro-usd.ts'
import type { KeyLimits } from '../../src/protocol/access.ts'
import {
  openWorld,
  readText,
  run,
  streamPieces,
  type World,
  type WorldOptions,
  wholeAnswer,
} from './world.ts'

const one: WorldOptions['providers'] = { a: { keys: ['k1'], models: ['m1'] } }
/** Of every answer here: 3 tokens in, 2 out, at 10 micro-dollars a token. */
const costOfOne = 50

interface Scene {
  readonly world: World
  readonly limits: Limits
  ask(body?: Record<string, unknown>, signal?: AbortSignal): Promise<string>
  /** Spent and set aside today, micro-dollars. */
  today(): { readonly spentMicroUsd: number; readonly setAsideMicroUsd: number }
}

function scene(keyLimits: KeyLimits, options: Partial<WorldOptions> = {}): Scene {
  const world = openWorld({
    providers: one,
    script: ({ body }) =>
      body['stream']
        ? { pieces: streamPieces('one two'), delayMs: 100, pieceDelayMs: 20 }
        : { body: wholeAnswer('hello'), delayMs: 100 },
    catalogue: { costUsd: (_target, { input, output }) => usdText((input + output) * 10) },
    ...options,
  })
  const limits = createLimits({ clock: world.clock })
  const held = [{ name: 'key:vk_1', limits: keyLimits }]
  return {
    world,
    limits,
    today: () => limits.budget('budget:key:vk_1:2023-11-14'),
    async ask(body = {}, signal) {
      const allowance = allowanceFor({ limits, clock: world.clock, held })
      return nameOf(await world.chat(body, signal, { allowance }))
    },
  }
}

async function nameOf(answer: Answer): Promise<string> {
  if (answer.kind === 'stream') return (await readText(answer.chunks)).ended
  return answer.kind === 'fault' ? answer.fault.code : 'answered'
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const many = (count: number, ask: () => Promise<string>) => Promise.all(Array.from({ length: count }, ask))
const budgetFor = (answers: number): KeyLimits => ({ usdPerDay: usdText(costOfOne * answers) })

for (const [name, body] of [
  ['with an output limit that fits', { max_tokens: 2 }],
  ['with estimates that are far too large', {}],
  ['streamed', { stream: true, max_tokens: 2 }],
] as const)
  test(`budget for 10 requests, 500 at once: 9 to 11 are served, and nothing stays set aside (${name})`, async () => {
    const { world, ask, today } = scene(budgetFor(10))
    const names = tally(
      await run(
        world,
        many(500, () => ask(body)),
        20,
      ),
    )
    const served = (names['answered'] ?? 0) + (names['end'] ?? 0)
    assert.ok(served >= 9 && served <= 11, JSON.stringify(names))
    assert.equal(names['budget_exceeded'], 500 - served)
    assert.equal(world.transport.calls.length, served)
    assert.deepEqual(today(), { spentMicroUsd: costOfOne * served, setAsideMicroUsd: 0 })
    assert.equal(world.engine.running(), 0)
  })

test('budget: what is refused leaves no entry and no call', async () => {
  const { world, ask } = scene(budgetFor(1))
  assert.equal(await run(world, ask()), 'answered')
  assert.equal(await run(world, ask()), 'budget_exceeded')
  assert.equal(world.ledger.length, 1)
  assert.equal(world.events.filter(({ topic }) => topic === 'limit.rejected').length, 1)
})

test('budget: a new day begins with nothing spent', async () => {
  const { world, ask } = scene(budgetFor(1))
  await run(world, ask())
  assert.equal(await run(world, ask()), 'budget_exceeded')
  await world.clock.advance(86_400_000)
  assert.equal(await run(world, ask()), 'answered')
})

test('budget: a request that fails gives back all it had set aside', async () => {
  const { world, ask, today } = scene(budgetFor(10), { script: () => ({ status: 400, body: '{}' }) })
  assert.equal(await run(world, ask()), 'invalid_request')
  assert.deepEqual(today(), { spentMicroUsd: 0, setAsideMicroUsd: 0 })
})

test('budget: a stream that its caller leaves counts as what was set aside for it', async () => {
  const { world, ask, today } = scene(budgetFor(100))
  const gone = new AbortController()
  const asked = ask({ stream: true, max_tokens: 100 }, gone.signal)
  await world.clock.advance(150)
  gone.abort()
  await run(world, asked)
  // 9 tokens of question and 100 of answer.
  assert.deepEqual(today(), { spentMicroUsd: 1_090, setAsideMicroUsd: 0 })
})

test('budget: who waits for what others have set aside waits no longer than its deadline', async () => {
  const { world, ask } = scene(budgetFor(1), {
    script: () => ({ body: wholeAnswer('late'), delayMs: 5_000 }),
  })
  const first = ask()
  await world.clock.advance(10)
  const second = await run(world, ask({ adaptive: { deadline_ms: 1_000 } }))
  assert.equal(second, 'rate_limited')
  assert.equal(await run(world, first), 'answered')
})

test('budget: models without a price are left out of the plan, and refused where no other is left', async () => {
  const priced = (provider: string) => (provider === 'b' ? '0.000050' : undefined)
  const both = { ...one, b: { keys: ['k2'], models: ['m1'] } }
  const some = scene(budgetFor(10), {
    providers: both,
    catalogue: { costUsd: ({ provider }) => priced(provider) },
  })
  assert.equal(await run(some.world, some.ask()), 'answered')
  assert.equal(some.world.ledger[0]?.finalProvider, 'b')
  assert.equal(some.world.ledger[0]?.plan?.leftOut[0]?.provider, 'a')
  const none = scene(budgetFor(10), { catalogue: { costUsd: () => undefined } })
  assert.equal(await run(none.world, none.ask()), 'price_unknown')
  const allowed = scene(
    { ...budgetFor(10), allowUnpriced: true },
    { catalogue: { costUsd: () => undefined } },
  )
  assert.equal(await run(allowed.world, allowed.ask()), 'answered')
})

test('tokens: held to a minute, corrected by what was used, and told with the wait', async () => {
  const { world, ask } = scene({ tokensPerMinute: 300 })
  // Each asks for 9 and 100 tokens and uses 5.
  const names = tally(
    await run(
      world,
      many(5, () => ask({ max_tokens: 100 })),
    ),
  )
  assert.deepEqual(names, { answered: 2, rate_limited: 3 })
  assert.equal(await run(world, ask({ max_tokens: 100 })), 'answered')
})

test('allowance: an answer of the cache takes nothing', async () => {
  const { world, ask, today } = scene(budgetFor(1), { routeCache: { mode: 'write' } })
  for (let at = 0; at < 5; at += 1) assert.equal(await run(world, ask({ temperature: 0 })), 'answered')
  assert.equal(today().spentMicroUsd, costOfOne)
})

test('allowance: where the leader of a shared call may not call, the next one leads', async () => {
  const { world, ask } = scene({ usdPerDay: '0.000001' }, { routeCache: { mode: 'write' } })
  await run(world, ask({ temperature: 0, seed: 1 }))
  const poor = ask({ temperature: 0 })
  const rich = world.chat({ temperature: 0 }).then(nameOf)
  assert.deepEqual(await run(world, Promise.all([poor, rich])), ['budget_exceeded', 'answered'])
})
