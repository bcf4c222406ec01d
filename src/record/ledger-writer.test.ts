import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { done } from '../base/outcome.ts'
import type { LedgerIntent, LedgerRecord } from '../protocol/ledger-entry.ts'
import { createFakeClock, type FakeClock } from '../sandbox/fake-clock.ts'
import type { AheadFile } from './ahead-file.ts'
import { type JournalBatch, type JournalReply, readEntryLine } from './journal-port.ts'
import { createLedgerWriter } from './ledger-writer.ts'
import { readLines } from './line-blocks.ts'

type Way = 'commit' | 'fail' | 'hang'

/** A journal in place of the worker: commits, fails or says nothing, as it is told. */
class FakeJournal extends EventEmitter {
  way: Way = 'commit'
  readonly batches: JournalBatch[] = []
  /** What is on its disk. */
  readonly entries = new Set<string>()
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
    for (const line of batch.entries.flatMap((lines) => [...readLines(lines)])) {
      const id = readEntryLine(line).columns[0] ?? ''
      assert.ok(batch.isRepeat || !this.entries.has(id), `${id} twice`)
      this.entries.add(id)
    }
    this.audits.push(...batch.audits)
    this.say({ kind: 'committed', id: batch.id })
  }

  say(reply: JournalReply): void {
    queueMicrotask(() => this.emit('message', reply))
  }

  terminate = async () => 0
}

/** What a process that dies now would leave behind. */
function fakeAhead() {
  const state = { intents: [] as string[], entries: [] as string[], isFull: false, isClosed: false }
  const orFail = (work: () => void) => {
    if (state.isFull) throw new Error('ENOSPC')
    work()
  }
  const without = (id: string) => state.intents.filter((one) => one !== id)
  let told: (() => void)[] = []
  const file: AheadFile = {
    intend: (id) => void told.push(() => void state.intents.push(id)),
    withdraw: (id) =>
      void told.push(() => {
        state.intents = without(id)
      }),
    enter(id, { bytes, used }) {
      const line = bytes.toString('utf8', 0, used).split('\n').at(-2) ?? ''
      told.push(() => {
        state.intents = without(id)
        state.entries.push(line)
      })
    },
    write() {
      const all = told
      told = []
      orFail(() => {
        for (const one of all) one()
      })
      return all.length > 0
    },
    flushed: async () => !state.isFull,
    shorten: (entries) =>
      orFail(() => {
        state.entries = Array.from(entries, ({ bytes, used }) =>
          bytes.toString('utf8', 0, used).trimEnd(),
        ).flatMap((lines) => lines.split('\n'))
      }),
    wipe: () => {},
    bytes: () => 0,
    close() {
      state.isClosed = true
    },
  }
  return { state, file }
}

const settle = async () => {
  for (let at = 0; at < 8; at += 1) await turn()
}

/** Ms of fake time until the promise is settled, in steps of 10. */
function timedBy(clock: FakeClock) {
  return async (promise: Promise<{ readonly ok: boolean }>) => {
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
}

function open(given: { isRequired?: boolean; mustFlush?: boolean; spillBytes?: number } = {}) {
  const clock = createFakeClock()
  const journal = new FakeJournal()
  const lines: string[] = []
  const states: boolean[] = []
  const successor = new FakeJournal()
  const ahead = fakeAhead()
  const writer = createLedgerWriter({
    worker: journal as unknown as Worker,
    restart: async () => done(successor as unknown as Worker),
    ahead: ahead.file,
    mustFlush: given.mustFlush ?? false,
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
  const timed = timedBy(clock)
  const kept = () => ({
    intents: ahead.state.intents,
    entries: ahead.state.entries.map((line) => readEntryLine(line).columns[0]),
  })
  return {
    ahead: ahead.state,
    kept,
    clock,
    journal,
    successor,
    lines,
    states,
    writer,
    intend,
    record,
    settle,
    timed,
  }
}

test('writer: an intent and an entry are in the write-ahead file at once, and soon in the journal alone', async () => {
  const { journal, kept, intend, record, timed, clock, settle } = open()
  assert.deepEqual(await timed(intend('a')), { ok: true, afterMs: 0 })
  assert.deepEqual(kept(), { intents: ['a'], entries: [] })
  assert.deepEqual(await timed(record('a')), { ok: true, afterMs: 0 })
  assert.deepEqual(kept(), { intents: [], entries: ['a'] })
  assert.equal(journal.entries.size, 0)
  await clock.advance(25)
  await settle()
  assert.deepEqual([...journal.entries], ['a'])
  await clock.advance(1_000)
  assert.deepEqual(kept(), { intents: [], entries: [] })
})

test('writer: entries that nobody waits for share a commit', async () => {
  const { journal, record, clock, settle } = open()
  for (let at = 0; at < 30; at += 1) await record(`r${at}`)
  await clock.advance(25)
  await settle()
  assert.deepEqual([journal.batches.length, journal.entries.size], [1, 30])
})

test('writer: what the journal is sent stands in the write-ahead file before, for other lines may take its place behind that', () => {
  const { journal, kept, record, writer } = open()
  journal.way = 'hang'
  void record('a')
  assert.deepEqual(kept().entries, [])
  void writer.close()
  assert.deepEqual([journal.batches.length, kept().entries], [1, ['a']])
})

test('writer: who reads the journal waits until what was entered is there', async () => {
  const { journal, writer, record, settle } = open()
  await writer.settled()
  await record('a')
  let isSettled = false
  void writer.settled().then(() => {
    isSettled = true
  })
  await settle()
  assert.deepEqual([isSettled, [...journal.entries]], [true, ['a']])
})

const sureWays = [
  ['recording is required', { isRequired: true }],
  ['a loss of power must be outlived', { mustFlush: true }],
] as const
for (const [name, given] of sureWays)
  test(`writer: the commit is waited for where ${name}`, async () => {
    const { journal, intend, record, timed, settle } = open(given)
    assert.deepEqual(await timed(intend('a')), { ok: true, afterMs: 0 })
    assert.deepEqual(await timed(record('a')), { ok: true, afterMs: 0 })
    assert.deepEqual([...journal.entries], ['a'])
    journal.way = 'hang'
    let isWritten = false
    void record('b').then(() => {
      isWritten = true
    })
    await settle()
    assert.equal(isWritten, false)
  })

test('writer: a store that hangs holds up nobody; one line is told, and all is written when it is back', async () => {
  const { journal, lines, states, intend, record, timed, clock, settle } = open()
  journal.way = 'hang'
  for (const id of ['a', 'b', 'c']) {
    assert.deepEqual(await timed(intend(id)), { ok: true, afterMs: 0 })
    assert.deepEqual(await timed(record(id)), { ok: true, afterMs: 0 })
  }
  await clock.advance(300)
  for (const id of ['d', 'e']) assert.deepEqual(await timed(record(id)), { ok: true, afterMs: 0 })
  assert.deepEqual(lines, ['the ledger is not written: no commit within 250 ms'])
  journal.way = 'commit'
  journal.commit(journal.batches[0] as JournalBatch)
  await settle()
  await clock.advance(3_000)
  await settle()
  assert.deepEqual([...journal.entries], ['a', 'b', 'c', 'd', 'e'])
  assert.deepEqual([lines.length, lines[1]], [2, 'the ledger is written again'])
  assert.deepEqual(states, [false, true])
})

test('writer: where the commit is waited for, a store that hangs is waited for once, 250 ms, and then by none', async () => {
  const { journal, lines, record, timed } = open({ mustFlush: true })
  journal.way = 'hang'
  const first = await timed(record('a'))
  assert.equal(first.ok, false)
  assert.ok(first.afterMs >= 250 && first.afterMs <= 260, `${first.afterMs}`)
  for (const id of ['b', 'c', 'd']) assert.deepEqual(await timed(record(id)), { ok: false, afterMs: 0 })
  assert.equal(lines.length, 1)
})

test('writer: a store that fails is tried again, and nothing is lost or doubled', async () => {
  const { journal, lines, intend, record, kept, timed, clock, settle } = open()
  journal.way = 'fail'
  assert.equal((await timed(intend('a'))).ok, true)
  for (const id of ['a', 'b', 'c']) assert.equal((await timed(record(id))).ok, true)
  for (let at = 0; at < 20; at += 1) {
    await clock.advance(500)
    await settle()
  }
  assert.ok(journal.batches.length < 20, `tried ${journal.batches.length} times in 10 s`)
  assert.deepEqual(kept(), { intents: [], entries: ['a', 'b', 'c'] })
  journal.way = 'commit'
  await clock.advance(2_000)
  await settle()
  assert.deepEqual([...journal.entries], ['a', 'b', 'c'])
  assert.deepEqual(lines, ['the ledger is not written: the disk is full', 'the ledger is written again'])
})

test('writer: a disk that takes no lines ahead is told once, and entries wait for the commit', async () => {
  const { ahead, journal, lines, intend, record, timed } = open()
  ahead.isFull = true
  assert.equal((await timed(intend('a'))).ok, false)
  assert.deepEqual(await timed(record('a')), { ok: true, afterMs: 0 })
  assert.deepEqual([...journal.entries], ['a'])
  ahead.isFull = false
  assert.equal((await timed(intend('b'))).ok, true)
  assert.deepEqual(
    lines.map((line) => line.replace(/,.*/, '')),
    ['the write-ahead file cannot be written', 'the write-ahead file is written again'],
  )
})

test('writer: where recording is required nothing stays of a request that was refused', async () => {
  const { journal, kept, intend, timed, clock, settle } = open({ isRequired: true })
  journal.way = 'hang'
  assert.equal((await timed(intend('a'))).ok, false)
  assert.deepEqual(await timed(intend('b')), { ok: false, afterMs: 0 })
  journal.way = 'commit'
  journal.commit(journal.batches[0] as JournalBatch)
  await settle()
  await clock.advance(3_000)
  await settle()
  assert.deepEqual(kept().intents, [])
  assert.deepEqual(await timed(intend('c')), { ok: true, afterMs: 0 })
})

test('writer: memory is bounded, and the ledger notes how many entries were lost', async () => {
  const { journal, lines, writer, intend, record, kept, timed, clock, settle } = open({ spillBytes: 500 })
  journal.way = 'fail'
  for (let at = 0; at < 50; at += 1) {
    await intend(`r${at}`)
    await timed(record(`r${at}`))
  }
  assert.deepEqual(kept().intents, [])
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
  const { journal, successor, lines, record, timed, clock, settle } = open()
  journal.way = 'hang'
  void record('a')
  await clock.advance(25)
  await settle()
  journal.emit('exit', 1)
  await settle()
  assert.deepEqual(
    successor.batches.map(({ isRepeat }) => isRepeat),
    [true],
  )
  assert.deepEqual([...successor.entries], ['a'])
  await timed(record('b'))
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
  assert.match(other.lines.at(-1) ?? '', /1 records are not in the ledger yet/)
  assert.deepEqual([other.kept().entries, other.ahead.isClosed], [['b'], true])
  assert.equal(lines.length, 2)
})
