import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFakeClock } from '../../sandbox/fake-clock.ts'
import type { SentAnswer } from '../send-answer.ts'
import {
  createIdempotency,
  idempotencyName,
  keptForMs,
  largestAnswer,
  readIdempotencyKey,
  type SharedNotes,
} from './idempotency.ts'

const answer: SentAnswer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"a":"ü"}' }
const one = idempotencyName('acme', 'k1')

function opened(shared?: SharedNotes) {
  const clock = createFakeClock()
  return { clock, book: createIdempotency({ clock, longestMs: () => 120_000, shared }) }
}

async function finish(book: ReturnType<typeof opened>['book'], name = one, digest = 'd') {
  const begun = await book.begin(name, digest)
  assert.ok(begun.kind === 'run')
  begun.finish(answer)
}

test('idempotency: one runs, the next is told so, later ones get its answer for a day', async () => {
  const { book, clock } = opened()
  const begun = await book.begin(one, 'd')
  assert.ok(begun.kind === 'run')
  assert.equal((await book.begin(one, 'd')).kind, 'running')
  assert.equal((await book.begin(one, 'other')).kind, 'mismatch')
  begun.finish(answer)
  assert.deepEqual(await book.begin(one, 'd'), { kind: 'replay', answer })
  assert.equal((await book.begin(one, 'other')).kind, 'mismatch')
  await clock.advance(keptForMs - 1)
  assert.equal((await book.begin(one, 'd')).kind, 'replay')
  await clock.advance(1)
  assert.equal((await book.begin(one, 'other')).kind, 'run')
})

test('idempotency: of many at once one runs', async () => {
  const { book } = opened()
  const kinds = await Promise.all(Array.from({ length: 50 }, () => book.begin(one, 'd')))
  assert.equal(kinds.filter(({ kind }) => kind === 'run').length, 1)
})

test('idempotency: what failed may run again', async () => {
  const { book } = opened()
  const begun = await book.begin(one, 'd')
  assert.ok(begun.kind === 'run')
  begun.abandon()
  assert.equal((await book.begin(one, 'd')).kind, 'run')
})

test('idempotency: a process that died holds nobody up for longer than a request may run', async () => {
  const { book, clock } = opened()
  await book.begin(one, 'd')
  await clock.advance(180_000)
  assert.equal((await book.begin(one, 'd')).kind, 'run')
})

test('idempotency: tenants have keys of their own', async () => {
  const { book } = opened()
  await finish(book)
  assert.equal((await book.begin(idempotencyName('globex', 'k1'), 'd')).kind, 'run')
})

test('idempotency: an answer that is too large is not kept', async () => {
  const { book } = opened()
  const begun = await book.begin(one, 'd')
  assert.ok(begun.kind === 'run')
  begun.finish({ ...answer, body: 'x'.repeat(largestAnswer + 1) })
  assert.equal((await book.begin(one, 'd')).kind, 'run')
})

test('idempotency: processes share their notes, and each goes on alone while nobody answers', async () => {
  const notes = new Map<string, string>()
  let isAway = false
  const shared: SharedNotes = {
    async claim(name, text) {
      if (isAway) return 'away'
      const stands = notes.get(name)
      if (stands !== undefined) return { stands }
      notes.set(name, text)
      return {}
    },
    write: (name, text) => void notes.set(name, text),
    remove: (name) => void notes.delete(name),
  }
  const here = opened(shared).book
  const there = opened(shared).book
  const begun = await here.begin(one, 'd')
  assert.ok(begun.kind === 'run')
  assert.equal((await there.begin(one, 'd')).kind, 'running')
  begun.finish(answer)
  const again = await there.begin(one, 'd')
  assert.deepEqual(again.kind === 'replay' && again.answer, answer)
  isAway = true
  assert.equal((await there.begin(one, 'd')).kind, 'replay')
  assert.equal((await there.begin(idempotencyName('acme', 'k2'), 'd')).kind, 'run')
})

const keys: readonly [header: string | string[] | undefined, is: string | undefined][] = [
  ['abc-1', 'abc-1'],
  [undefined, undefined],
  ['', undefined],
  ['x'.repeat(256), undefined],
  ['with\nline', undefined],
  [['a', 'b'], undefined],
]
for (const [header, is] of keys)
  test(`idempotency: the header ${JSON.stringify(header)?.slice(0, 20)}`, () =>
    assert.equal(readIdempotencyKey(header), is))
