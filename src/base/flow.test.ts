import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handOver } from './flow.ts'

async function* upTo(count: number): AsyncGenerator<number, undefined> {
  for (let at = 1; at <= count; at += 1) yield at
  return undefined
}

test('flow: hands over one after the other, waits where it is asked to, and stops', async () => {
  const from = upTo(5)
  const taken: string[] = []
  await handOver(from, (value) => {
    taken.push(`take ${value}`)
    if (value === 4) return false
    return value === 2 ? Promise.resolve().then(() => void taken.push('waited')) : true
  })
  assert.deepEqual(taken, ['take 1', 'take 2', 'waited', 'take 3', 'take 4'])
  assert.deepEqual(await from.next(), { done: false, value: 5 })
})

test('flow: by its own way, where it has one', async () => {
  const taken: number[] = []
  const from = Object.assign(upTo(3), { flow: async (take: (value: number) => unknown) => void take(7) })
  await handOver(from, (value) => taken.push(value) > 0)
  assert.deepEqual(taken, [7])
})

test('flow: what breaks is told', async () => {
  const broken = { next: () => Promise.reject(new Error('broken')) }
  await assert.rejects(
    handOver(broken, () => true),
    /broken/,
  )
  await assert.rejects(
    handOver(upTo(1), () => {
      throw new Error('not taken')
    }),
    /not taken/,
  )
})
