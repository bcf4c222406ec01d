import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { done } from '../base/outcome.ts'
import type { LedgerIntent, LedgerRecord } from '../protocol/ledger-entry.ts'
import { createFakeClock } from '../sandbox/fake-clock.ts'
import { entryColumns, type JournalBatch, type JournalReply } from './journal-port.ts'
import { createLedgerWriter } from './ledger-writer.ts'

type Way = 'commit' | 'fail' | 'hang'

/** A journal in place of the worker: commits, fails or says nothing, as it is told. */
class FakeJournal extends EventEmitter {
  way: Way = 'commit'
  readonly batches: JournalBatch[] = []
  /** What is on its disk. */
  readonly entries = new Set<string>()
  readonly intents = new Set<string>()
  readonly audits: string[] = []

  postMessage(message: JournalBatch | 'close'): void {
    if (message === 'close') {
      this.say({ kind: 'closed' })
      return
    }
    this.batches.push(message)
    if (this.way === 'commit') this.commit(message)
    if (this.way === 'fail') this.say({ kind: 'failed', id: message.id, reason: 'the disk is full' })
  }

  commit(batch: JournalBatch): void {
    for (let at = 0; at < batch.intents.length; at += 2) this.intents.add(batch.intents[at] ?? '')
    for (const id of batch.withdrawn) this.intents.delete(id)
    for (let at = 0; at < batch.entries.length; at += entryColumns) {
      const id = batch.entries[at] ?? ''
      assert.ok(batch.isRepeat || !this.entries.has(id), `${id} twice`)
      this.entries.add(id)
      this.intents.delete(id)
    }
    this.audits.push(...batch.audits)
    this.say({ kind: 'committed', id: batch.id })
  }

  say(reply: JournalReply): void {
    queueMicrotask(() => this.emit('message', reply))
  }

  terminate = async () => 0
}

function open(given: { isRequired?: boolean; spillBytes?: number } = {}) {
  const clock = createFakeClock()
  const journal = new FakeJournal()
  const lines: string[] = []
  const states: boolean[] = []
  const successor = new FakeJournal()
  const writer = createLedgerWriter({
    worker: journal as unknown as Worker,
    restart: async () => done(successor as unknown as Worker),
    commitWaitMs: 250,
    isRequired: () => given.isRequired ?? false,
    spillBytes: given.spillBytes ?? 1_000_000,
    clock,
    onProblem: (line) => void lines.push(line),
    onState: (isWell) => void states.push(isWell),
  })
  const intend = (requestId: string) => writer.intend({ requestId } as LedgerIntent)
  const record = (requestId: string) =>
    writer.record({ requestId, atUtc: 'now', outcome: 'SUCCESS', tenant: 't', route: 'r' } as LedgerRecord, {
      previews: {},
      salt: '',
    })
  const settle = async () => {
    for (let at = 0; at < 8; at += 1) await turn()
  }
  /** Ms of fake time until the promise is settled, in steps of 10. */
  const timed = async (promise: Promise<{ readonly ok: boolean }>) => {
    let ended: { readonly ok: boolean } | undefined
    void promise.then((written) => {
      ended = written
    })
    const startMs = clock.monoMs()
    await settle()
    while (ended === undefined && clock.monoMs() < startMs + 5_000) {
      await clock.advance(10)
      await settle()
    }
    return { ok: ended?.ok, afterMs: clock.monoMs() - startMs }
  }
  return { clock, journal, successor, lines, states, writer, intend, record, settle, timed }
}

test('writer: waits for the commit', async () => {
  const { journal, intend, record, timed } = open()
  assert.deepEqual(await timed(intend('a')), { ok: true, afterMs: 0 })
  assert.deepEqual([...journal.intents], ['a'])
  assert.deepEqual(await timed(record('a')), { ok: true, afterMs: 0 })
  assert.deepEqual([[...journal.intents], [...journal.entries]], [[], ['a']])
})

test('writer: a store that hangs is waited for once, 250 ms; then for none, and one line is told', async () => {
  const { journal, lines, states, intend, record, timed, clock, settle } = open()
  journal.way = 'hang'
  const first = await timed(intend('a'))
  assert.equal(first.ok, false)
  assert.ok(first.afterMs >= 250 && first.afterMs <= 260, `${first.afterMs}`)
  for (const id of ['b', 'c', 'd']) {
    assert.deepEqual(await timed(intend(id)), { ok: false, afterMs: 0 })
    assert.deepEqual(await timed(record(id)), { ok: false, afterMs: 0 })
  }
  assert.equal(lines.length, 1)
  journal.way = 'commit'
  journal.commit(journal.batches[0] as JournalBatch)
  await settle()
  await clock.advance(3_000)
  await settle()
  assert.deepEqual([...journal.entries], ['b', 'c', 'd'])
  assert.deepEqual([...journal.intents], ['a'])
  assert.deepEqual([lines.length, lines[1]], [2, 'the ledger is written again'])
  assert.deepEqual(states, [false, true])
  assert.deepEqual(await timed(record('a')), { ok: true, afterMs: 0 })
})

test('writer: a store that fails is tried again, and nothing is lost or doubled', async () => {
  const { journal, lines, intend, record, timed, clock, settle } = open()
  journal.way = 'fail'
  assert.equal((await timed(intend('a'))).ok, false)
  for (const id of ['a', 'b', 'c']) assert.equal((await timed(record(id))).ok, false)
  for (let at = 0; at < 20; at += 1) {
    await clock.advance(500)
    await settle()
  }
  assert.ok(journal.batches.length < 20, `tried ${journal.batches.length} times in 10 s`)
  journal.way = 'commit'
  await clock.advance(2_000)
  await settle()
  assert.deepEqual([[...journal.entries], [...journal.intents]], [['a', 'b', 'c'], []])
  assert.deepEqual(lines, ['the ledger is not written: the disk is full', 'the ledger is written again'])
})

test('writer: where recording is required nothing stays of a request that was refused', async () => {
  const { journal, intend, timed, clock, settle } = open({ isRequired: true })
  journal.way = 'hang'
  assert.equal((await timed(intend('a'))).ok, false)
  assert.deepEqual(await timed(intend('b')), { ok: false, afterMs: 0 })
  journal.way = 'commit'
  journal.commit(journal.batches[0] as JournalBatch)
  await settle()
  await clock.advance(3_000)
  await settle()
  assert.deepEqual([...journal.intents], [])
  assert.deepEqual(await timed(intend('c')), { ok: true, afterMs: 0 })
})

test('writer: memory is bounded, and the ledger notes how many entries were lost', async () => {
  const { journal, lines, writer, record, timed, clock, settle } = open({ spillBytes: 500 })
  journal.way = 'fail'
  for (let at = 0; at < 50; at += 1) await timed(record(`r${at}`))
  const { lost, waiting } = writer.health()
  assert.ok(lost > 30 && waiting < 20, `${lost} lost, ${waiting} waiting`)
  journal.way = 'commit'
  await clock.advance(3_000)
  await settle()
  assert.equal(journal.entries.size + lost, 50)
  assert.equal(JSON.parse(journal.audits[0] ?? '{}').detail.count, lost)
  assert.equal(lines.filter((line) => line.includes('are lost')).length, 1)
})

test('writer: a worker that dies is replaced, and is sent again what it had not confirmed', async () => {
  const { journal, successor, lines, record, timed, settle } = open()
  journal.way = 'hang'
  void record('a')
  await settle()
  journal.emit('exit', 1)
  await settle()
  assert.deepEqual(
    successor.batches.map(({ isRepeat }) => isRepeat),
    [true],
  )
  assert.deepEqual([...successor.entries], ['a'])
  assert.deepEqual(await timed(record('b')), { ok: true, afterMs: 0 })
  assert.deepEqual(lines, ['the ledger is not written: the writer ended', 'the ledger is written again'])
})

test('writer: closing writes what waits, and gives up after 5 s', async () => {
  const { journal, writer, record, timed, clock, settle, lines } = open()
  journal.way = 'fail'
  await timed(record('a'))
  let isClosed = false
  void writer.close().then(() => {
    isClosed = true
  })
  await clock.advance(1_000)
  await settle()
  assert.equal(isClosed, false)
  journal.way = 'commit'
  await clock.advance(2_000)
  await settle()
  assert.deepEqual([isClosed, [...journal.entries]], [true, ['a']])

  const other = open()
  other.journal.way = 'hang'
  void other.record('b')
  await other.settle()
  const closed = other.writer.close()
  await other.clock.advance(5_001)
  await closed
  assert.match(other.lines.at(-1) ?? '', /1 records could not be written/)
  assert.equal(lines.length, 2)
})
