import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/base/random.ts'
import { createLearningBook, type LearningBook } from '../../src/record/learning/learning-book.ts'
import { openWorld, run, type World, wholeAnswer } from './world.ts'

interface Weather {
  latencyMs: number
  errorShare: number
}

/** Two providers that do the same; the first can be made worse. */
function openLearning(seed: number): { world: World; book: LearningBook; weather: Weather } {
  const weather: Weather = { latencyMs: 100, errorShare: 0 }
  const random = seededRandom(seed)
  const book = createLearningBook()
  const world = openWorld({
    providers: { a: { keys: ['k'], models: ['m'] }, b: { keys: ['k'], models: ['m'] } },
    strategy: 'learned',
    parts: { learned: book.scoreOf, random: seededRandom(seed + 1) },
    script({ origin }) {
      if (!origin.includes('//a.')) return { body: wholeAnswer('ok'), delayMs: 100 * (0.8 + 0.4 * random()) }
      const delayMs = weather.latencyMs * (0.8 + 0.4 * random())
      if (random() >= weather.errorShare) return { body: wholeAnswer('ok'), delayMs }
      return { status: 500, body: '{"error":{"message":"broke"}}', delayMs }
    },
  })
  return { world, book, weather }
}

/** Sends requests one after the other; the provider each was sent to first, those that explored left out. */
async function send(
  { world, book }: { world: World; book: LearningBook },
  count: number,
  before: (at: number) => void = () => {},
): Promise<string> {
  let first = ''
  for (let at = 0; at < count; at += 1) {
    before(at)
    await run(world, world.chat(), 20)
    const entry = world.ledger.at(-1)
    if (entry) book.learn(entry, world.clock.wallMs())
    if (entry?.selectionMode === 'learned') first += entry.attempts[0]?.provider ?? '-'
  }
  return first
}

const share = (providers: string, provider: string) =>
  [...providers].filter((one) => one === provider).length / providers.length

for (const seed of [1, 2, 3]) {
  test(`learned: traffic leaves a provider that grows slow and faulty within 200 requests, and comes back (seed ${seed})`, async () => {
    const learning = openLearning(seed)
    const { weather } = learning
    const well = await send(learning, 100)
    assert.ok(share(well, 'a') > 0.9, `the first of the configuration is used while all is well: ${well}`)
    const worse = await send(learning, 200, (at) => {
      const grown = Math.min(1, at / 100)
      weather.latencyMs = 100 + 300 * grown
      weather.errorShare = 0.2 * grown
    })
    assert.ok(share(worse.slice(-50), 'b') > 0.9, worse)
    Object.assign(weather, { latencyMs: 100, errorShare: 0 })
    const after = await send(learning, 2_000)
    assert.ok(share(after.slice(-100), 'a') > 0.9, after.slice(-300))
    assert.equal(learning.world.ledger.filter(({ outcome }) => outcome !== 'SUCCESS').length, 0)
  })
}

test('learned: the plan says that it was learned, and the odd one that it explores', async () => {
  const learning = openLearning(7)
  await send(learning, 300)
  const modes = learning.world.ledger.map(({ selectionMode }) => selectionMode)
  const explored = modes.filter((mode) => mode === 'explored').length
  assert.equal(modes.filter((mode) => mode === 'learned').length, 300 - explored)
  assert.ok(explored >= 1 && explored <= 20, `${explored} of 300`)
})

test('learned: explaining the same request twice gives the same order', async () => {
  const { world } = openLearning(9)
  const read = () => world.engine.explain({ request: request(), extension: {} })
  assert.deepEqual(read(), read())
})

const request = () => ({
  dialect: 'openai' as const,
  model: 'chat',
  messages: [],
  tools: [],
  stream: false,
  streamUsage: false,
  body: {},
  unmapped: [],
})
