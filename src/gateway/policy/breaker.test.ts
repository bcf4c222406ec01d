import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admit, type Breaker, book, type CallResult, closedBreaker } from './breaker.ts'

const options = { tripAfter: 2, openForMs: 1_000 }
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
]

for (const [name, steps, kind] of rows) {
  test(`breaker: ${name}`, () => {
    const state = { breaker: closedBreaker, epochs: [] as number[] }
    for (const step of steps) step(state)
    assert.equal(state.breaker.kind, kind)
  })
}
