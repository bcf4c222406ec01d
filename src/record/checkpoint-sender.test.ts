import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { done, failed } from '../base/outcome.ts'
import { createFakeClock } from '../sandbox/fake-clock.ts'
import { createCheckpointSender } from './checkpoint-sender.ts'

test('checkpoint sender: each arrives once and in order, however often the other side fails; told once', async () => {
  const clock = createFakeClock()
  const arrived: string[] = []
  const lines: string[] = []
  let isAway = true
  const sender = createCheckpointSender({
    clock,
    onProblem: (line) => void lines.push(line),
    async post(line) {
      if (isAway) return failed('status 503')
      arrived.push(line)
      return done(undefined)
    },
  })
  for (const line of ['a', 'b', 'c']) sender.send(line)
  for (let at = 0; at < 20; at += 1) {
    await turn()
    await clock.advance(1_000)
  }
  assert.deepEqual([arrived, lines], [[], ['checkpoints are not posted: status 503']])
  isAway = false
  for (let at = 0; at < 70; at += 1) {
    await turn()
    await clock.advance(1_000)
  }
  assert.deepEqual([arrived, lines.at(-1)], [['a', 'b', 'c'], 'checkpoints are posted again'])
})

test('checkpoint sender: closing tries once more and does not wait long', async () => {
  const clock = createFakeClock()
  const tried: string[] = []
  const sender = createCheckpointSender({
    clock,
    onProblem: () => {},
    async post(line) {
      tried.push(line)
      return failed('away')
    },
  })
  sender.send('a')
  await turn()
  await sender.close(1_000)
  assert.deepEqual(tried, ['a', 'a'])
})
