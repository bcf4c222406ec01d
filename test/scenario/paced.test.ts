/** Streams at a pace: sentences stay whole, nothing is lost, and pieces come no faster than is said. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RouteConfig } from '../../src/config/config.ts'
import { openWorld, run, streamPieces, type World } from './world.ts'

const says = 'Good morning. Your balance is 3.50 euros. Anything else? Then good'
const providers = { a: { keys: ['k'], models: ['m1'] } }

interface Heard {
  readonly texts: readonly string[]
  readonly atMs: readonly number[]
  readonly kinds: readonly string[]
  readonly raws: number
}

async function heard(world: World, body: object = {}): Promise<Heard> {
  const answer = await run(world, world.chat({ stream: true, ...body }), 1)
  assert.ok(answer.kind === 'stream')
  const texts: string[] = []
  const atMs: number[] = []
  const kinds: string[] = []
  let raws = 0
  const read = async () => {
    for await (const { parts, raw } of answer.chunks) {
      if (raw) raws += 1
      for (const part of parts) {
        kinds.push(part.kind)
        if (part.kind !== 'text' || part.text === '') continue
        texts.push(part.text)
        atMs.push(world.clock.monoMs())
      }
    }
  }
  await run(world, read(), 1)
  return { texts, atMs, kinds, raws }
}

const open = (pace?: RouteConfig['pace'], more: object = {}) =>
  openWorld({
    providers,
    script: () => ({ pieces: streamPieces(says), pieceDelayMs: 1 }),
    route: pace ? { pace } : {},
    ...more,
  })

test('pace: sentences are whole, in order, and everything is told', async () => {
  const { texts, atMs, kinds } = await heard(open({ by: 'sentence', everyMs: 200 }))
  assert.deepEqual(texts, ['Good morning. ', 'Your balance is 3.50 euros. ', 'Anything else? ', 'Then good'])
  const pauses = atMs.slice(1).map((ms, at) => ms - (atMs[at] ?? 0))
  assert.ok(
    pauses.every((ms) => ms >= 200),
    `${pauses}`,
  )
  assert.equal(kinds.at(-1), 'end')
  assert.ok(kinds.includes('finish') && kinds.includes('usage'))
})

test('pace: pieces come as they are, no faster than is said', async () => {
  const { texts, atMs } = await heard(open({ by: 'piece', everyMs: 20 }))
  assert.equal(texts.join(''), says)
  assert.equal(texts.length, says.split(' ').length)
  assert.ok((atMs.at(-1) ?? 0) - (atMs[0] ?? 0) >= 20 * (texts.length - 1))
})

test('pace: without one the provider’s own bytes are relayed', async () => {
  assert.ok((await heard(open())).raws > 3)
  assert.equal((await heard(open({ by: 'sentence', everyMs: 0 }))).raws, 0)
})

test('pace: what the cache replays is paced, too', async () => {
  const world = open({ by: 'sentence', everyMs: 200 }, { routeCache: { mode: 'write' } })
  const first = await heard(world, { temperature: 0 })
  const again = await heard(world, { temperature: 0 })
  assert.deepEqual(again.texts, first.texts)
  assert.ok((again.atMs[3] ?? 0) - (again.atMs[0] ?? 0) >= 600)
  assert.equal(world.transport.calls.length, 1)
})

test('pace: a stream that breaks gives out what was held, and then tells that it broke', async () => {
  const world = openWorld({
    providers,
    script: () => ({ pieces: streamPieces(says).slice(0, 6), ending: 'reset' as const }),
    route: { pace: { by: 'sentence', everyMs: 10 } },
  })
  const { texts, kinds } = await heard(world)
  assert.equal(texts.join(''), 'Good morning. Your balance is ')
  assert.equal(kinds.at(-1), 'broken')
})
