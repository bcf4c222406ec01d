import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handOver, type Take, type Taken } from '../../base/flow.ts'
import type { Chunk } from './engine-port.ts'
import { InOrder } from './in-order.ts'
import type { ChunkStream } from './read-chunks.ts'

const chunk = (raw: string): Chunk => ({ raw, parts: [] })

function streamOf(raws: readonly string[]): ChunkStream {
  const left = raws.map(chunk)
  const stream: ChunkStream = {
    [Symbol.asyncIterator]: () => stream,
    next() {
      const value = left.shift()
      return Promise.resolve(value ? { done: false, value } : { done: true, value: undefined })
    },
    flow: (take) => handOver({ next: () => stream.next() }, take),
    return: () => Promise.resolve({ done: true, value: undefined }),
  }
  return stream
}

const ofFour = () => new InOrder({ held: ['a', 'b'].map(chunk), rest: streamOf(['c', 'd']) })

/** What was taken, with `.` where somebody waited. */
async function takenBy(stream: InOrder, answer: (raw: string, wait: () => Promise<void>) => Taken) {
  let taken = ''
  const take: Take<Chunk> = ({ raw = '' }) => {
    taken += raw
    return answer(raw, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      taken += '.'
    })
  }
  const rejected = await stream.flow(take).then(
    () => '',
    (error: Error) => ` ${error.message}`,
  )
  return taken + rejected
}

const fail = () => {
  throw new Error('no')
}
const rows: readonly [name: string, answer: Parameters<typeof takenBy>[1], expected: string][] = [
  ['all of it', () => true, 'abcd'],
  ['nothing behind a refusal of what was held', (raw) => raw !== 'a', 'a'],
  ['nothing behind a refusal of the rest', (raw) => raw !== 'c', 'abc'],
  ['what was held, once there is room for it', (raw, wait) => raw === 'c' || wait(), 'a.b.cd.'],
  ['what was held, where taking it throws', (raw) => raw !== 'b' || fail(), 'ab no'],
  [
    'what was held, where waiting for room fails',
    (raw) => raw !== 'a' || Promise.reject(new Error('gone')),
    'a gone',
  ],
  ['the rest, where taking it throws', (raw) => raw !== 'd' || fail(), 'abcd no'],
]
for (const [name, answer, expected] of rows)
  test(`in order: handed over, ${name}`, async () => {
    assert.equal(await takenBy(ofFour(), answer), expected)
  })

test('in order: what one left goes on with the next, one by one or handed over', async () => {
  const stream = ofFour()
  assert.equal((await stream.next()).value?.raw, 'a')
  assert.equal(await takenBy(stream, (raw) => raw !== 'b'), 'b')
  assert.equal((await stream.next()).value?.raw, 'c')
  assert.equal(await takenBy(stream, () => true), 'd')
  assert.equal((await stream.next()).done, true)
})
