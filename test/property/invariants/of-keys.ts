/** What holds of keys: waits that providers name, dead keys, and rests. */

import { isAt } from '../oracle/order.ts'
import { tryName } from '../oracle/stories.ts'
import { dustMs, type Invariant, perFact } from './invariant.ts'

const i8 = perFact(
  'I8',
  'The wait that a provider named is kept, up to a day.',
  ({ observed }) => observed.calls,
  ({ call: { note }, key, story }) => {
    const toldToWait = story.calls.filter(
      ({ note: earlier, booked }) =>
        earlier.call < note.call && isAt(earlier, note) && earlier.key === note.key && booked !== undefined,
    )
    const soonestMs = Math.max(
      ...toldToWait.map(({ note: earlier, booked }) => (booked?.atMs ?? 0) + (earlier.truth.namedMs ?? 0)),
    )
    return [
      key.kind === 'resting' &&
        key.named &&
        key.untilMs - note.atMs > dustMs &&
        `${tryName(note)} was to be left alone until ${key.untilMs}`,
      soonestMs - note.atMs > dustMs && `${tryName(note)} was asked to wait until ${soonestMs}`,
    ]
  },
  ({ story, call }) => ({ atMs: call.note.atMs, request: story.scene.id }),
)

const chosen = perFact(
  'I19',
  'A dead key is never used, a resting one not before its time, and a rest is only ever made longer.',
  ({ observed }) => observed.calls,
  ({ call: { note }, key, isConfigured }) => [
    !isConfigured && `${tryName(note)}: the key is not configured`,
    key.kind === 'dead' && `${tryName(note)}: the key is dead`,
    key.kind === 'barred' && `${tryName(note)}: the key is known not to be allowed this model`,
    key.kind === 'resting' &&
      !key.named &&
      key.untilMs - note.atMs > dustMs &&
      `${tryName(note)}: the key rests until ${key.untilMs}`,
  ],
  ({ story, call }) => ({ atMs: call.note.atMs, request: story.scene.id }),
)

const rests = perFact(
  'I19',
  chosen.says,
  ({ observed }) => observed.rests,
  ({ call, restForMs, leftMs, isChosen, terms }) => [
    restForMs < leftMs - dustMs && `${tryName(call.note)} rests ${restForMs} ms where ${leftMs} were left`,
    isChosen && restForMs <= 0 && `${tryName(call.note)} does not rest`,
    isChosen &&
      restForMs > Math.max(terms.restCapMs, leftMs) + dustMs &&
      `${tryName(call.note)} rests ${restForMs} ms, at most ${terms.restCapMs} are allowed`,
  ],
  ({ call, atMs }) => ({ atMs, request: call.note.request }),
)

const i19: Invariant = { ...chosen, check: (run) => [...chosen.check(run), ...rests.check(run)] }

export const ofKeys: readonly Invariant[] = [i8, i19]
