import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { createFakeClock } from '../sandbox/fake-clock.ts'
import { createBus } from './bus.ts'
import { createRecorder, recordedTopics, type StoredEvent } from './recorder.ts'
import { redact } from './redact.ts'
import { topicSeverities } from './topics.ts'

type Way = 'store' | 'fail' | 'hang'

function open(queue = 10) {
  const clock = createFakeClock()
  const bus = createBus({ clock, source: 'test' })
  const lines: string[] = []
  const stored: StoredEvent[] = []
  const batches: number[] = []
  let way: Way = 'store'
  let release: (() => void) | undefined
  const recorder = createRecorder({
    bus,
    clock,
    redact,
    rules: { level: 'info', queue, batch: 5, batchMs: 50 },
    onProblem: (line) => void lines.push(line),
    store: {
      async write(events): Promise<Outcome<void, string>> {
        if (way === 'fail') return failed('the disk is full')
        if (way === 'hang')
          await new Promise<void>((resolve) => {
            release = resolve
          })
        batches.push(events.length)
        stored.push(...events)
        return done(undefined)
      },
      close: async () => {},
    },
  })
  const settle = async () => {
    for (let at = 0; at < 10; at += 1) await turn()
  }
  const pass = async (forMs: number) => {
    await settle()
    for (let ms = 0; ms < forMs; ms += 50) {
      await clock.advance(50)
      await settle()
    }
  }
  return {
    bus,
    recorder,
    lines,
    stored,
    batches,
    settle,
    pass,
    become: (next: Way) => {
      way = next
      release?.()
    },
    warn: (name: string) => bus.publish('limit.rejected', { limit: name }),
    inform: (name: string) => bus.publish('alert.resolved', { alert: name }),
  }
}

test('recorder: a batch is stored when it is full, or after its time', async () => {
  const { warn, settle, pass, batches } = open()
  for (let at = 0; at < 5; at += 1) warn('a')
  await settle()
  assert.deepEqual(batches, [5])
  warn('b')
  await settle()
  assert.deepEqual(batches, [5])
  await pass(50)
  assert.deepEqual(batches, [5, 1])
})

test('recorder: what is personal or secret is redacted', async () => {
  const { bus, pass, stored } = open()
  bus.publish('limit.rejected', { limit: 'jo@example.com, sk-abcdefghijklmnop1234' }, { requestId: 'req_1' })
  await pass(100)
  assert.equal(stored[0]?.requestId, 'req_1')
  assert.deepEqual(JSON.parse(stored[0]?.json ?? '').payload, { limit: '[email], [key]' })
})

test('recorder: a store that fails is told once and tried again; the queue stays bounded and losses are counted', async () => {
  const { become, warn, inform, pass, lines, stored, recorder } = open(10)
  become('fail')
  for (let at = 0; at < 30; at += 1) (at % 2 ? warn : inform)(`${at}`)
  await pass(30_000)
  const { queued, dropped, isWell } = recorder.health()
  assert.equal(isWell, false)
  assert.ok(queued <= 15 && dropped.INFO >= 10, JSON.stringify(recorder.health()))
  assert.deepEqual(lines, ['events are not stored: the disk is full'])
  become('store')
  await pass(6_000)
  assert.deepEqual(lines.slice(1), ['events are stored again'])
  const told = stored.filter(({ topic }) => topic === 'telemetry.dropped')
  const counted = told.reduce((sum, { json }) => sum + JSON.parse(json).payload.count, 0)
  assert.equal(
    counted,
    Object.values(recorder.health().dropped).reduce((sum, count) => sum + count, 0),
  )
})

test('recorder: a store that hangs is told once, and takes up its work', async () => {
  const { become, warn, pass, lines, stored } = open()
  become('hang')
  warn('a')
  await pass(5_200)
  assert.deepEqual(lines, ['events are not stored: no answer in 5000 ms'])
  become('store')
  await pass(200)
  assert.deepEqual([stored.length, lines.length], [1, 2])
})

test('recorder: closing stores what waits, and says what it had to leave', async () => {
  const well = open()
  for (let at = 0; at < 8; at += 1) well.warn('a')
  assert.equal(await well.recorder.close(1_000), 0)
  assert.equal(well.stored.length, 8)
  const ill = open()
  ill.become('fail')
  for (let at = 0; at < 8; at += 1) ill.warn('a')
  const closed = ill.recorder.close(1_000)
  await ill.pass(2_000)
  assert.equal(await closed, 8)
})

test('recorder: once closed nothing is written any more, whatever the store answers late', async () => {
  for (const late of ['store', 'fail'] as const) {
    const { warn, become, settle, pass, recorder, batches } = open(20)
    become('hang')
    for (let at = 0; at < 12; at += 1) warn('a')
    await settle()
    const closing = recorder.close(100)
    await pass(200)
    assert.equal(await closing, 12)
    become(late)
    await pass(10_000)
    assert.deepEqual(batches, [5], late)
  }
})

test('recorder: listens to topics by name, from its level on', () => {
  assert.deepEqual(recordedTopics('off'), [])
  assert.equal(recordedTopics('debug').length, Object.keys(topicSeverities).length)
  const info = recordedTopics('info')
  assert.ok(info.includes('provider.failover') && !info.includes('api.call.attempt'))
  assert.ok(!info.includes('api.request.end'), 'the ledger holds it')
  assert.deepEqual(recordedTopics('critical').toSorted(), ['bias.ledger.failure', 'circuit.tripped'])
})
