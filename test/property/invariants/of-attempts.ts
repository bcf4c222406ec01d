/** What holds of the attempts of a request: how many, until when, on what, and in which order. */

import type { FaultClass } from '../../../src/protocol/fault-kind.ts'
import { isAt } from '../oracle/order.ts'
import { type CallStory, kindOf, noteOf, type RequestStory, tryName } from '../oracle/stories.ts'
import { configOf, epsilonMs, type Invariant, perFact, perRequest, type Run } from './invariant.ts'

const i4 = perRequest(
  'I4',
  'Attempts stay within their number, in all and on one try, and every provider that is wanted has one kept back.',
  (story, run) => {
    const { max, sameTry } = configOf(run, story).attempts
    const begunAt = noteOf(story, 'first_text')?.at ?? Number.POSITIVE_INFINITY
    const onTry = new Map<string, number>()
    for (const { note } of story.calls) {
      // To finish an answer, a target is asked in each way that is allowed.
      const share = note.at > begunAt ? 1 / story.scene.recovery.length : 1
      onTry.set(tryName(note), (onTry.get(tryName(note)) ?? 0) + share)
    }
    const starved = run.observed.calls.flatMap(({ story: { scene }, call, left, untried }) =>
      scene.id === story.scene.id && left < untried.length && isSecond(story, call)
        ? [`${tryName(call.note)}: ${left} attempts are left for ${untried.join(', ')}, not tried yet`]
        : [],
    )
    return [
      story.calls.length > max && `${story.calls.length} attempts, ${max} are allowed`,
      ...[...onTry].map(([name, count]) => count > sameTry && `${count} on ${name}, ${sameTry} are allowed`),
      ...starved,
    ]
  },
)

const isSecond = ({ calls }: RequestStory, { note }: CallStory) =>
  calls.some((one) => one.note.call < note.call && one.note.provider === note.provider)

/** How long an end may take to reach the caller: the commit of the entry, and the chunk being read. */
const endingMs = ({ scene }: RequestStory, { history }: Run) =>
  history.scene.ledger.delayMs + scene.readForMs + epsilonMs

/** A stream that began in time may have longer. */
function deadlineOf(story: RequestStory): number {
  const { atMs, totalMs, streamMs = totalMs } = story.scene
  const answered = noteOf(story, 'answered')
  const hasBegun = answered?.kind === 'stream' && answered.atMs <= atMs + totalMs + epsilonMs
  return atMs + (hasBegun ? Math.max(streamMs, totalMs) : totalMs)
}

const i5 = perRequest(
  'I5',
  'No attempt starts or goes on beyond the deadline, and the request ends with it.',
  (story, run) => {
    const told = noteOf(story, 'told')
    const deadlineMs = deadlineOf(story)
    const late = (atMs: number) => `at ${atMs}, the deadline was ${deadlineMs}`
    return [
      ...story.calls.flatMap(({ note, over }) => [
        note.atMs >= deadlineMs + epsilonMs && `${tryName(note)} was called ${late(note.atMs)}`,
        over && over.atMs > deadlineMs + epsilonMs && `${tryName(note)} was open ${late(over.atMs)}`,
      ]),
      // A caller who reads slowly takes the time he takes.
      story.scene.readForMs === 0 &&
        told &&
        told.atMs > deadlineMs + 2 * endingMs(story, run) &&
        `it ended ${late(told.atMs)}`,
    ]
  },
)

const final: readonly (FaultClass | undefined)[] = ['invalid_request', 'content_policy']

const i6 = perRequest('I6', 'A fault that no other attempt can change is not tried again.', (story) =>
  story.calls.flatMap((call) => {
    const { truth, call: index } = call.note
    const faultClass = kindOf(call)?.class
    // Asked to go on, a target may refuse the way of asking.
    if (truth.goesOn || truth.fault !== call.booked?.code) return []
    // One that ran beside it may have taken the request.
    if (story.calls.some((one) => one !== call && isOpenAt(one, call.booked?.at ?? 0))) return []
    // What ran beside it was called before this was known.
    const later = story.calls.filter(({ note }) => note.call > index && note.at > (call.booked?.at ?? 0))
    const same = later.filter(({ note }) => isAt(note, call.note))
    return [
      final.includes(faultClass) &&
        later.length > 0 &&
        `${truth.fault} was followed by ${later.length} attempts`,
      faultClass === 'context_length' &&
        same.length > 0 &&
        `${truth.fault} was tried on the same model again`,
    ]
  }),
)

const i7 = perRequest(
  'I7',
  'After the caller left nothing is begun and everything is closed.',
  (story, run) => {
    const left = noteOf(story, 'left')
    const told = noteOf(story, 'told')
    if (left === undefined) return []
    return [
      ...story.calls.flatMap(({ note, over }) => [
        note.at > left.at && `${tryName(note)} was called after the caller had left`,
        over &&
          over.at > left.at &&
          over.atMs > left.atMs + story.scene.readForMs + epsilonMs &&
          `${tryName(note)} stayed open for ${over.atMs - left.atMs} ms`,
      ]),
      told && told.atMs > left.atMs + 2 * endingMs(story, run) && `went on for ${told.atMs - left.atMs} ms`,
    ]
  },
)

const i9 = perRequest(
  'I9',
  'Attempts do not overlap but for one beside a slow one, where a route asks for it; each is closed, and who lost at once.',
  (story, run) => {
    const isHedged = configOf(run, story).routes.get(story.scene.model)?.hedge.isOn ?? false
    const overlaps = story.calls.flatMap((call) => {
      const open = story.calls.filter((one) => one !== call && isOpenAt(one, call.note.at))
      return open.length === 0 ? [] : [{ call, open }]
    })
    return [
      ...story.calls.map(({ note, over }) => over === undefined && `${tryName(note)} was never closed`),
      overlaps.length > (isHedged ? 1 : 0) && `${overlaps.length} attempts were called beside others`,
      ...overlaps.map(({ call, open }) => open.length > 1 && `${tryName(call.note)} was the third at once`),
      ...story.calls.map(
        ({ note, booked, over }) =>
          booked?.code === 'hedge_lost' &&
          (over?.atMs ?? Number.POSITIVE_INFINITY) > booked.atMs + epsilonMs &&
          `${tryName(note)} had lost and stayed open`,
      ),
    ]
  },
)

const isOpenAt = ({ note, over }: CallStory, at: number) => note.at < at && (over?.at ?? at) > at

const p1 = perFact(
  'P1',
  'Targets are called in the order in which the user wants them.',
  ({ observed }) => observed.calls,
  ({ call, place, passedOver }) => [
    place < 0 && `${tryName(call.note)} is not wanted`,
    ...(passedOver ?? []).map(
      ({ provider, model }) => `${tryName(call.note)} was called before ${provider}/${model}, which could be`,
    ),
  ],
  ({ story, call }) => ({ atMs: call.note.atMs, request: story.scene.id }),
)

const p2 = perFact(
  'P2',
  'A request gives up only when nothing that it wants can be called.',
  ({ observed }) => observed.gaveUp,
  ({ callable }) =>
    callable.map(({ provider, model }) => `gave up while ${provider}/${model} could be called`),
  ({ story, atMs }) => ({ atMs, request: story.scene.id }),
)

export const ofAttempts: readonly Invariant[] = [i4, i5, i6, i7, i9, p1, p2]
