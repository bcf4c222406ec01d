/** What holds of the process: nothing thrown, nothing left behind, and faults read as what they are. */

import { faultKinds } from '../../../src/protocol/fault.ts'
import type { FaultClass } from '../../../src/protocol/fault-kind.ts'
import type { Finding } from '../oracle/finding.ts'
import { noteOf, tryName } from '../oracle/stories.ts'
import { type Invariant, perRequest } from './invariant.ts'

const i33: Invariant = {
  name: 'I33',
  says: 'Nothing is thrown, and a quiet engine holds no timer, listener or request.',
  check({ history: { notes, left } }) {
    const atMs = notes.at(-1)?.atMs ?? 0
    const thrown = notes.flatMap((note): Finding[] =>
      note.what === 'threw' ? [{ atMs: note.atMs, request: note.request, says: note.error }] : [],
    )
    const { timers, listeners, running, unhandled } = left
    const rest = Object.entries({ timers, listeners, running, unhandled: unhandled.length })
    const kept = rest.flatMap(([what, count]) => (count > 0 ? [{ atMs, says: `${count} ${what} left` }] : []))
    return [...thrown, ...kept]
  },
}

const timeouts: readonly (FaultClass | undefined)[] = ['timeout', 'gateway']

const p3 = perRequest('P3', 'Each end of a call is read as what it truly was.', (story) =>
  story.calls.map(({ note, booked, over }) => {
    const { fault, mayTimeOut } = note.truth
    if (booked === undefined || booked.code === fault) return false
    if (booked.code === 'hedge_lost') return false
    if (booked.class === 'cancelled')
      return noteOf(story, 'left') === undefined && `${tryName(note)}: nobody left`
    if (booked.code === 'upstream_departed' || booked.code === 'deadline_exceeded') return false
    // A status stands, though the end of the request cut its explanation off.
    if (over?.end === 'aborted' && / /.test(note.truth.doing)) return false
    if (mayTimeOut && timeouts.includes(booked.class)) return false
    const isSame = fault !== undefined && faultKinds[fault].class === booked.class
    return (
      !isSame &&
      `${tryName(note)} (${note.truth.doing}) was ${fault ?? 'whole'} and is read as ${booked.code ?? 'whole'}`
    )
  }),
)

export const ofTheProcess: readonly Invariant[] = [i33, p3]
