import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFakeClock } from '../sandbox/fake-clock.ts'
import type { AheadFile } from './ahead-file.ts'
import { AheadKeeper } from './ahead-keeper.ts'
import type { LineBlock } from './line-blocks.ts'

function opened() {
  const disk = { isFull: false, written: [] as string[] }
  let told: string[] = []
  const problems: string[] = []
  const file = {
    intend: (_requestId: string, json: string) => void told.push(json),
    write() {
      const lines = told
      told = []
      if (lines.length === 0) return false
      if (disk.isFull) throw new Error('the disk is full')
      disk.written.push(...lines)
      return true
    },
    bytes: () => 0,
  } as unknown as AheadFile
  const onProblem = (line: string) => void problems.push(line)
  const keeper = new AheadKeeper({
    file,
    clock: createFakeClock(),
    onProblem,
    mustFlush: false,
    unwritten: () => [],
  })
  const tell = (line: string) => (to: AheadFile) => to.intend(line, line)
  return { disk, problems, keeper, tell }
}

test('ahead: who waits for others hears of the write that took its line along', async () => {
  const { disk, problems, keeper, tell } = opened()
  disk.isFull = true
  const lost = keeper.tell(tell('a'))
  assert.equal(keeper.tellNow(tell('b')).ok, false)
  disk.isFull = false
  assert.equal(keeper.tellNow(tell('c')).ok, true)
  const kept = keeper.tell(tell('d'))
  assert.deepEqual([await lost, await kept], [{ ok: false }, { ok: true }])
  assert.deepEqual(disk.written, ['c', 'd'])
  assert.equal(problems.length, 2)
})

test('ahead: a line that another has written is written, and nothing to write is no news', async () => {
  const { disk, problems, keeper, tell } = opened()
  const first = keeper.tell(tell('a'))
  assert.equal(keeper.tellNow(tell('b')).ok, true)
  assert.equal((await first).ok, true)
  disk.isFull = true
  assert.equal(keeper.tellNow(tell('c')).ok, false)
  const second = keeper.tell(() => {})
  await second
  assert.equal(problems.length, 1)
  assert.deepEqual(disk.written, ['a', 'b'])
})

const rows: readonly [name: string, unwrittenMb: number, shortenedAtMb: number][] = [
  ['the journal follows', 0, 5],
  ['less waits than the file is long', 3, 5],
  ['the store is away, and much waits', 10, 11],
]
for (const [name, unwrittenMb, shortenedAtMb] of rows)
  test(`ahead: when the file begins anew, where ${name}`, () => {
    const mb = 1_048_576
    let written = 0
    let shortenedAt = 0
    const file = {
      intend: () => {},
      write() {
        written += mb
        return true
      },
      bytes: () => written,
      shorten() {
        shortenedAt ||= written / mb
      },
    } as unknown as AheadFile
    const unwritten = () => [{ used: unwrittenMb * mb } as LineBlock]
    const onProblem = assert.fail
    const clock = createFakeClock()
    const keeper = new AheadKeeper({ file, clock, onProblem, mustFlush: false, unwritten })
    for (let at = 0; at < 20; at += 1) keeper.tellNow((to) => to.intend('a', 'a'))
    assert.equal(shortenedAt, shortenedAtMb)
  })

interface Disk {
  readonly mustFlush: boolean
  readonly isFull?: boolean
}

const wipes: readonly [name: string, disk: Disk, done: readonly string[]][] = [
  ['a second after a line', { mustFlush: false }, ['shorten', 'wipe']],
  ['once what stays outlives a loss of power', { mustFlush: true }, ['shorten', 'flushed', 'wipe']],
  ['not where what stays finds no room', { mustFlush: false, isFull: true }, ['shorten']],
]
for (const [name, { mustFlush, isFull }, done] of wipes)
  test(`ahead: what stood before is removed ${name}`, async () => {
    const did: string[] = []
    const file = {
      write: () => true,
      bytes: () => 0,
      shorten() {
        did.push('shorten')
        if (isFull) throw new Error('the disk is full')
      },
      flushed: async () => did.push('flushed') > 0,
      wipe: () => void did.push('wipe'),
    } as unknown as AheadFile
    const clock = createFakeClock()
    const keeper = new AheadKeeper({ file, clock, onProblem: assert.fail, mustFlush, unwritten: () => [] })
    keeper.writeNow()
    await clock.advance(999)
    assert.deepEqual(did, [])
    await clock.advance(1)
    assert.deepEqual(did, done)
  })

test('ahead: at the end what stood before is removed once what stays outlives a loss of power, where that is demanded', () => {
  const wipedAt = (mustFlush: boolean) => {
    const wiped: unknown[] = []
    const file = {
      write: () => false,
      shorten: () => {},
      wipe: (flushes: unknown) => void wiped.push(flushes),
      close: () => void wiped.push('closed'),
    } as unknown as AheadFile
    const clock = createFakeClock()
    new AheadKeeper({ file, clock, onProblem: assert.fail, mustFlush, unwritten: () => [] }).close()
    return wiped
  }
  assert.deepEqual(
    [wipedAt(true), wipedAt(false)],
    [
      [true, 'closed'],
      [false, 'closed'],
    ],
  )
})
