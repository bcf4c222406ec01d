import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  admit,
  type Breaker,
  type BreakerOptions,
  book,
  type CallResult,
  close,
  closedBreaker,
  trip as tripNow,
  wouldAdmit,
} from './breaker.ts'

const options: BreakerOptions = {
  tripAfter: 2,
  windowMs: 60_000,
  failedShare: 0.5,
  minCalls: 6,
  openForMs: 1_000,
  jitter: 0.1,
  growAfterMs: 5_000,
  openCapMs: 3_000,
  probes: 1,
  probeLeaseMs: 1_000,
}
type Step = (state: { breaker: Breaker; epochs: number[] }) => void

const ask =
  (nowMs: number, expected: 'yes' | 'no'): Step =>
  (state) => {
    const [breaker, admission] = admit(state.breaker, options, nowMs)
    assert.equal(admission.admitted ? 'yes' : 'no', expected, `admission at ${nowMs}`)
    if (admission.admitted) state.epochs.push(admission.epoch)
    state.breaker = breaker
  }
/** Books a result for the call let out as number `call`. */
const reply =
  (call: number, result: CallResult, nowMs: number): Step =>
  (state) => {
    state.breaker = book(state.breaker, options, { epoch: state.epochs[call] ?? -1, result }, nowMs)
  }
const trip: readonly Step[] = [ask(0, 'yes'), ask(0, 'yes'), reply(0, 'failure', 0), reply(1, 'failure', 0)]

const rows: readonly [name: string, steps: readonly Step[], kind: Breaker['kind']][] = [
  ['one failure keeps it closed', [ask(0, 'yes'), reply(0, 'failure', 0)], 'closed'],
  ['failures in a row open it', [...trip, ask(1, 'no')], 'open'],
  [
    'a success between them keeps it closed',
    [
      ask(0, 'yes'),
      reply(0, 'failure', 0),
      ask(0, 'yes'),
      reply(1, 'success', 0),
      ask(0, 'yes'),
      reply(2, 'failure', 0),
    ],
    'closed',
  ],
  ['one probe after the wait, no second', [...trip, ask(1_000, 'yes'), ask(1_001, 'no')], 'probing'],
  ['the probe succeeds', [...trip, ask(1_000, 'yes'), reply(2, 'success', 1_010)], 'closed'],
  ['the probe fails', [...trip, ask(1_000, 'yes'), reply(2, 'failure', 1_010), ask(2_009, 'no')], 'open'],
  [
    'a neutral probe gives its place back',
    [...trip, ask(1_000, 'yes'), reply(2, 'neutral', 1_010), ask(1_010, 'yes')],
    'probing',
  ],
  ['a lost probe is lent again after its lease', [...trip, ask(1_000, 'yes'), ask(2_000, 'yes')], 'probing'],
  [
    'a late success does not settle the probe',
    [...trip, ask(1_000, 'yes'), reply(0, 'success', 1_001)],
    'probing',
  ],
  ['a late success does not close an open circuit', [...trip, reply(0, 'success', 10)], 'open'],
  [
    'a late failure does not prolong the outage',
    [...trip, reply(0, 'failure', 900), ask(1_000, 'yes')],
    'probing',
  ],
  [
    'half of the calls failing opens it, though never two in a row',
    [0, 1, 2].flatMap((at) => [
      ask(at, 'yes'),
      reply(2 * at, 'failure', at),
      ask(at, 'yes'),
      reply(2 * at + 1, 'success', at),
    ]),
    'closed',
  ],
  [
    'and the next failure is one too many',
    [
      ...[0, 1, 2].flatMap((at) => [
        ask(at, 'yes'),
        reply(2 * at, 'failure', at),
        ask(at, 'yes'),
        reply(2 * at + 1, 'success', at),
      ]),
      ask(9, 'yes'),
      reply(6, 'failure', 9),
      ask(9, 'no'),
    ],
    'open',
  ],
  [
    'failures spread beyond the window do not open it',
    [0, 1, 2, 3].flatMap((at) => [
      ask(at * 90_000, 'yes'),
      reply(2 * at, 'failure', at * 90_000),
      ask(at * 90_000, 'yes'),
      reply(2 * at + 1, 'success', at * 90_000),
    ]),
    'closed',
  ],
  [
    'neutral ends say nothing, however many',
    [0, 1, 2, 3].flatMap((at) => [ask(at, 'yes'), reply(at, 'neutral', at)]),
    'closed',
  ],
]

for (const [name, steps, kind] of rows) {
  test(`breaker: ${name}`, () => {
    const state = { breaker: closedBreaker, epochs: [] as number[] }
    for (const step of steps) step(state)
    assert.equal(state.breaker.kind, kind)
  })
}

const openUntil = (breaker: Breaker) => (breaker.kind === 'open' ? breaker.untilMs : Number.NaN)
/** Trips it, then lets probe after probe fail the moment it is let out; the length of each opening, ms. */
function openings(times: number): readonly number[] {
  let breaker = tripNow(closedBreaker, options, 0)
  const lengths = [openUntil(breaker)]
  for (let time = 1; time < times; time += 1) {
    const atMs = openUntil(breaker)
    const [probing, leave] = admit(breaker, options, atMs)
    breaker = book(probing, options, { epoch: leave.admitted ? leave.epoch : -1, result: 'failure' }, atMs)
    lengths.push(openUntil(breaker) - atMs)
  }
  return lengths
}

test('breaker: openings stay short in a short outage, then double up to the cap', () => {
  assert.deepEqual(openings(9), [1_000, 1_000, 1_000, 1_000, 1_000, 2_000, 3_000, 3_000, 3_000])
})

test('breaker: chance spreads an opening by its share, up and down', () => {
  assert.deepEqual(
    [0, 0.5, 1].map((chance) => openUntil(tripNow(closedBreaker, options, 0, chance))),
    [900, 1_000, 1_100],
  )
})

/** A long outage, a probe that succeeds, and the next trip `laterMs` after. */
function openingAfter(laterMs: number): number {
  const outage = { sinceMs: 0, doublings: 2, openForMs: 3_000 }
  const probing: Breaker = { kind: 'probing', epoch: 7, untilMs: 60_000, toSucceed: 1, outage }
  const closed = book(probing, options, { epoch: 7, result: 'success' }, 50_000)
  assert.equal(closed.kind, 'closed')
  return openUntil(tripNow(closed, options, 50_000 + laterMs)) - 50_000 - laterMs
}

test('breaker: a trip right after closing goes on with the outage, after a stable time it is a new one', () => {
  assert.deepEqual([openingAfter(100), openingAfter(2_999), openingAfter(3_000)], [3_000, 3_000, 1_000])
})

test('breaker: exactly so many probes are lent, all must succeed, and a neutral one is lent again', () => {
  const many = { ...options, probes: 2 }
  let breaker: Breaker = tripNow(closedBreaker, many, 0)
  const lend = () => {
    const [after, leave] = admit(breaker, many, 1_500)
    breaker = after
    return leave.admitted
  }
  const settle = (result: CallResult) => {
    breaker = book(breaker, many, { epoch: breaker.epoch, result }, 1_600)
    return breaker.kind
  }
  assert.deepEqual([lend(), lend(), lend()], [true, true, false])
  assert.equal(settle('neutral'), 'probing')
  assert.deepEqual([lend(), lend()], [true, false])
  assert.deepEqual([settle('success'), settle('success')], ['probing', 'closed'])
})

test('breaker: probes that succeeded count on when the lease of a round is over', () => {
  const many = { ...options, probes: 2 }
  let breaker: Breaker = tripNow(closedBreaker, many, 0)
  for (const nowMs of [1_000, 1_000 + 2 * options.probeLeaseMs]) {
    const [lent, leave] = admit(breaker, many, nowMs)
    assert.ok(leave.admitted)
    breaker = book(lent, many, { epoch: leave.epoch, result: 'success' }, nowMs + 1)
  }
  assert.equal(breaker.kind, 'closed')
})

test('breaker: a longer lease is kept as long', () => {
  const opened = tripNow(closedBreaker, options, 0)
  const [probing] = admit(opened, options, 1_000, 9_000)
  assert.deepEqual([wouldAdmit(probing, 9_999).admitted, wouldAdmit(probing, 10_000).admitted], [false, true])
})

test('breaker: while a probe is out, the wait it names is no longer than an opening', () => {
  const [probing] = admit(tripNow(closedBreaker, options, 0), options, 1_000, 90_000)
  const leave = wouldAdmit(probing, 1_000)
  assert.equal(leave.admitted ? undefined : leave.retryAfterMs, 1_000)
})

test('breaker: closed by hand, late results of before change nothing', () => {
  const opened = tripNow(closedBreaker, options, 0)
  const closed = close(opened)
  assert.equal(closed.kind, 'closed')
  assert.equal(book(closed, options, { epoch: opened.epoch, result: 'failure' }, 1), closed)
})
