import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { Stop } from '../../base/stop-signal.ts'
import { openaiOutbound } from '../adapters/openai/adapter.ts'
import { ByteQueue } from '../transport/byte-queue.ts'
import type { Chunk } from './engine-port.ts'
import { type LimitReason, readChunks } from './read-chunks.ts'
import { watch } from './watchdog.ts'

const timeouts = {
  connectMs: 1_000,
  firstTokenMs: 60_000,
  idleMs: 60_000,
  responseMs: 60_000,
  totalMs: 60_000,
}
const event = (text: string) => `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`

function opened(...texts: readonly string[]) {
  const body = new ByteQueue({ pause() {}, resume() {}, abandon() {} })
  for (const text of texts) body.push(Buffer.from(event(text)))
  const signal = new Stop()
  const reason: LimitReason = { code: 'deadline_exceeded', forMs: 60_000, phase: 'test' }
  const dog = watch(systemClock, signal, { atMs: systemClock.monoMs() + 60_000, reason })
  const source = { body, dog, signal, streamUsage: true, choices: 1, timeouts, provider: { keys: [] } }
  return { body, dog, chunks: readChunks({ ...source, adapter: openaiOutbound }) }
}

const saidIn = ({ parts }: Chunk) =>
  parts.map((part) => (part.kind === 'text' ? part.text : part.kind)).join(' ')

test('chunks: what follows those that were asked for one by one is handed over to its end', async () => {
  const { body, chunks } = opened('a', 'b')
  assert.equal(saidIn((await chunks.next()).value ?? assert.fail()), 'start a')
  const said: string[] = []
  const over = chunks.flow((chunk) => said.push(saidIn(chunk)) > 0)
  body.end()
  await over
  assert.deepEqual(said, ['b', 'broken'])
})

test('chunks: how it ends is told behind the last that was asked for, too', async () => {
  const { body, chunks } = opened('a')
  await chunks.next()
  body.end()
  const said: string[] = []
  await chunks.flow((chunk) => said.push(saidIn(chunk)) > 0)
  assert.deepEqual(said, ['broken'])
})

test('chunks: where taking one throws, that is the end, and nothing more is handed over', async () => {
  const { dog, chunks } = opened('a', 'b')
  let taken = 0
  const flowing = chunks.flow(() => {
    taken += 1
    throw new Error('no room')
  })
  await assert.rejects(flowing, /no room/)
  assert.equal(taken, 1)
  dog.stop()
})

test('chunks: where the socket breaks, what was read is followed by why it is no more', async () => {
  const { body, chunks } = opened('a')
  const said: string[] = []
  const over = chunks.flow((chunk) => said.push(saidIn(chunk)) > 0)
  body.fail(new Error('reset'))
  await over
  assert.deepEqual(said, ['start a', 'broken'])
})
