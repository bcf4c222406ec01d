/** What holds of the process: nothing thrown, nothing left behind. */

import type { Finding } from '../oracle/finding.ts'
import type { Invariant } from './invariant.ts'

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

export const ofTheProcess: readonly Invariant[] = [i33]
