import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AnyEvent, Severity } from '../protocol/events.ts'
import { EventQueue, severities } from './event-queue.ts'

const letters: Readonly<Record<string, Severity>> = {
  d: 'DEBUG',
  i: 'INFO',
  w: 'WARNING',
  e: 'ERROR',
  c: 'CRITICAL',
}
const event = (name: string) => ({ eventId: name, severity: letters[name[0] ?? ''] }) as AnyEvent
const names = (events: readonly AnyEvent[]) => events.map(({ eventId }) => eventId).join(' ')

/** Events by their names, the first letter being the severity; a queue of three. */
const rows: readonly [name: string, pushed: string, kept: string][] = [
  ['what fits is kept in order', 'w1 d2 i3', 'w1 d2 i3'],
  ['the oldest of the least severe goes', 'd1 w2 d3 i4', 'w2 d3 i4'],
  ['a new one goes where it is the least severe', 'w1 e2 c3 d4', 'w1 e2 c3'],
  ['INFO goes before WARNING', 'i1 w2 w3 w4', 'w2 w3 w4'],
  ['where all are severe the least severe goes', 'e1 w2 c3 e4', 'e1 c3 e4'],
  ['of equals the oldest goes', 'c1 c2 c3 c4', 'c2 c3 c4'],
]
for (const [name, pushed, kept] of rows)
  test(`event queue: ${name}`, () => {
    const queue = new EventQueue(3)
    for (const one of pushed.split(' ')) queue.push(event(one))
    assert.equal(names(queue.take(10)), kept)
  })

test('event queue: taken in parts, and each loss is counted by its severity', () => {
  const queue = new EventQueue(2)
  for (const one of ['d1', 'i2', 'w3', 'w4']) queue.push(event(one))
  assert.deepEqual(
    [queue.dropped().DEBUG, queue.dropped().INFO, queue.dropped().WARNING, queue.droppedInAll()],
    [1, 1, 0, 2],
  )
  assert.deepEqual(
    [names(queue.take(1)), queue.size(), names(queue.take(5)), queue.size()],
    ['w3', 1, 'w4', 0],
  )
})

test('event queue: whatever is pushed, nothing is lost uncounted, order is kept, and no severe one goes before a lesser', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('d', 'i', 'w', 'e', 'c'), { maxLength: 60 }), (pushed) => {
      const queue = new EventQueue(10)
      for (const [at, letter] of pushed.entries()) queue.push(event(`${letter}${at}`))
      const dropped = queue.dropped()
      const kept = queue.take(100)
      assert.equal(kept.length + queue.droppedInAll(), pushed.length)
      assert.ok(kept.length <= 10)
      const places = kept.map(({ eventId }) => Number(eventId.slice(1)))
      assert.deepEqual(
        places,
        [...places].sort((one, other) => one - other),
      )
      const worstLost = severities.findLast((severity) => dropped[severity] > 0)
      const leastKept = severities.find((severity) => kept.some((one) => one.severity === severity))
      if (worstLost && leastKept && pushed.length === kept.length + dropped[worstLost])
        assert.ok(severities.indexOf(worstLost) <= severities.indexOf(leastKept) || worstLost === leastKept)
    }),
  )
})
