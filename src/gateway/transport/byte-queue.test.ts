import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { ByteQueue } from './byte-queue.ts'

const bytes = (text: string) => Buffer.from(text)
const text = (one: Uint8Array | undefined) => (one === undefined ? undefined : Buffer.from(one).toString())

function opened() {
  const told: string[] = []
  const queue = new ByteQueue({
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    abandon: () => void told.push('abandon'),
  })
  return { queue, told }
}

test('byte queue: the first piece by itself, the next ones together, then the end', async () => {
  const { queue } = opened()
  for (const piece of ['a', 'b', 'c']) queue.push(bytes(piece))
  queue.end()
  const read: (string | undefined)[] = []
  for await (const piece of queue) read.push(text(piece))
  assert.deepEqual(read, ['a', 'bc'])
})

test('byte queue: what breaks is told behind what came before', async () => {
  const { queue } = opened()
  const next = queue.next()
  queue.push(bytes('a'))
  queue.fail(new Error('broken'))
  assert.equal(text((await next).value), 'a')
  await assert.rejects(queue.next(), /broken/)
})

test('byte queue: hands over as it comes, and waits while it is told to', async () => {
  const { queue } = opened()
  const taken: string[] = []
  let goOn = () => {}
  const waiting = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const over = queue.flow((piece) => {
    taken.push(text(piece) ?? '')
    return taken.length === 1 ? waiting : true
  })
  queue.push(bytes('a'))
  queue.push(bytes('b'))
  await systemClock.sleep(5)
  assert.deepEqual(taken, ['a'])
  queue.end()
  goOn()
  await over
  assert.deepEqual(taken, ['a', 'b'])
})

test('byte queue: who wants no more can go on later; who throws ends it', async () => {
  const { queue } = opened()
  queue.push(bytes('a'))
  await queue.flow(() => false)
  queue.push(bytes('b'))
  assert.equal(text((await queue.next()).value), 'b')
  queue.push(bytes('c'))
  const flow = queue.flow(() => {
    throw new Error('not taken')
  })
  await assert.rejects(flow, /not taken/)
})

test('byte queue: the sender rests while much is unread, and is let go where the reader leaves', async () => {
  const { queue, told } = opened()
  queue.push(Buffer.alloc(70_000))
  assert.deepEqual(told, ['pause'])
  await queue.next()
  assert.deepEqual(told, ['pause', 'resume'])
  await queue.return()
  assert.deepEqual(told, ['pause', 'resume', 'abandon'])
  queue.end()
  await queue.return()
  assert.equal(told.length, 3)
})
