/** Sorts the notes of a run by request and by call; judges nothing. */

import type { FaultCode } from '../../../src/protocol/fault.ts'
import { faultKinds } from '../../../src/protocol/fault.ts'
import type { FaultClass } from '../../../src/protocol/fault-kind.ts'
import type { Attempt } from '../../../src/protocol/plan.ts'
import type { CallNote, History, Note } from '../simulation/history.ts'
import type { RequestScene } from '../simulation/scene.ts'

/** A note with its place in the order of the run. */
export type Placed<One extends Note = Note> = One & { readonly at: number }
export type NoteOf<What extends Note['what']> = Extract<Note, { readonly what: What }>

/** How the engine booked the end of a call; `code` is absent for a success. */
export interface Booked {
  readonly at: number
  readonly atMs: number
  readonly code?: FaultCode
  readonly class?: FaultClass
}

export interface CallStory {
  readonly note: Placed<NoteOf<'called'>>
  over?: Placed<NoteOf<'call_over'>>
  booked?: Booked
}

export interface RequestStory {
  readonly scene: RequestScene
  readonly notes: Placed[]
  readonly calls: CallStory[]
}

export interface Stories {
  readonly history: History
  readonly requests: ReadonlyMap<string, RequestStory>
  readonly calls: readonly CallStory[]
}

export function tellStories(history: History): Stories {
  const requests = new Map(
    history.scene.requests.map((scene): [string, RequestStory] => [
      scene.id,
      { scene, notes: [], calls: [] },
    ]),
  )
  const calls: CallStory[] = []
  for (const [at, bare] of history.notes.entries()) {
    const note: Placed = { ...bare, at }
    const story = 'request' in note && note.request !== undefined ? requests.get(note.request) : undefined
    if (story === undefined) continue
    story.notes.push(note)
    if (note.what === 'called') {
      const call: CallStory = { note }
      calls[note.call] = call
      story.calls.push(call)
    }
    const call = note.what === 'call_over' ? calls[note.call] : undefined
    if (call && note.what === 'call_over') call.over = note
    if (note.what === 'event') book(story, note)
  }
  return { history, requests, calls: calls.filter(Boolean) }
}

/** An event of an end speaks of the oldest call of its request on that try that has none yet. */
function book(story: RequestStory, note: Placed<NoteOf<'event'>>): void {
  if (note.topic !== 'api.call.success' && note.topic !== 'api.call.failure') return
  const { provider, model, key } = note.payload
  const call = story.calls.find(
    ({ booked, note: called }) =>
      booked === undefined && called.provider === provider && called.model === model && called.key === key,
  )
  if (call === undefined) return
  const fault = note.payload['fault'] as { code: FaultCode; class: FaultClass } | undefined
  call.booked = { at: note.at, atMs: note.atMs, ...(fault ? { code: fault.code, class: fault.class } : {}) }
}

export function noteOf<What extends Note['what']>(
  { notes }: RequestStory,
  what: What,
): Placed<NoteOf<What>> | undefined {
  return notesOf({ notes }, what)[0]
}

export function notesOf<What extends Note['what']>(
  { notes }: Pick<RequestStory, 'notes'>,
  what: What,
): readonly Placed<NoteOf<What>>[] {
  return notes.filter((note): note is Placed<NoteOf<What>> => note.what === what)
}

export function eventsOf({ notes }: RequestStory, topic: NoteOf<'event'>['topic']) {
  return notesOf({ notes }, 'event').filter((note) => note.topic === topic)
}

/** How the ledger tells of a call; calls that ran beside one another may be entered in another order. */
export function attemptOf(story: RequestStory, { note }: CallStory): Attempt | undefined {
  const startedMs = note.atMs - story.scene.atMs
  return noteOf(story, 'entered')?.entry.attempts.find(
    (attempt) => tryName(attempt) === tryName(note) && Math.abs(attempt.startedMs - startedMs) < 0.02,
  )
}

export const tryName = ({ provider, model, key }: Pick<CallNote, 'provider' | 'model' | 'key'>) =>
  `${provider}/${model} ${key}`

/** What the list of faults says of the end of a call. */
export function kindOf(call: CallStory) {
  return call.booked?.code === undefined ? undefined : faultKinds[call.booked.code]
}
