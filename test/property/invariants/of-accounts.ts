/** What holds of the books: cost caps, spend, retries, bounds, and the ledger. */

import type { Finding } from '../oracle/finding.ts'
import {
  attemptOf,
  type CallStory,
  eventsOf,
  noteOf,
  notesOf,
  type RequestStory,
  type Stories,
  tryName,
} from '../oracle/stories.ts'
import { termsOf } from '../oracle/terms.ts'
import { priceOf } from '../simulation/draw-requests.ts'
import type { History } from '../simulation/history.ts'
import { configAt } from '../simulation/scene.ts'
import { configOf, type Invariant, perRequest } from './invariant.ts'

const i20 = perRequest('I20', 'No target above the caller’s cost cap is called.', (story, { history }) => {
  const capUsd = story.scene.extension.max_estimated_cost_usd ?? Number.POSITIVE_INFINITY
  const told = noteOf(story, 'told')?.ended
  const { refusedAs } = story.scene
  return [
    ...story.calls.map(
      ({ note }) =>
        priceOf(history.scene.providers, note) > capUsd && `${tryName(note)} costs more than ${capUsd} USD`,
    ),
    refusedAs !== undefined && told !== refusedAs && `ended with ${told}, and not with ${refusedAs}`,
  ]
})

const usd = (text: string | undefined) => Math.round(Number(text ?? 0) * 1e6)

const i21 = perRequest(
  'I21',
  'The ledger has each attempt once, with the usage its provider reported, and the sum of their costs.',
  (story) => {
    const entry = noteOf(story, 'entered')?.entry
    if (entry === undefined) return []
    const sum = entry.attempts.reduce((total, { costUsd }) => total + usd(costUsd), 0)
    // Calls that ran beside one another are entered as they ended.
    const made = story.calls.map(({ note }) => tryName(note)).sort()
    const written = entry.attempts.map(tryName).sort()
    return [
      made.join() !== written.join() && `called ${made}, entered ${written}`,
      entry.totalApiCalls !== story.calls.length && `${entry.totalApiCalls} calls entered`,
      ...story.calls.map((call) => {
        const { note, booked, over } = call
        const { usage } = note.truth.answer
        const { inputTokens, outputTokens } = attemptOf(story, call) ?? {}
        const isTrue = inputTokens === usage.input && outputTokens === usage.output
        // What broke off, or was read too late, may have told no usage.
        const mayLack = booked?.code !== undefined || note.truth.doing !== 'answer' || over?.end === 'aborted'
        if (inputTokens === undefined && mayLack) return false
        return (
          !isTrue &&
          `${tryName(note)} used ${usage.input}+${usage.output}, not ${inputTokens}+${outputTokens}`
        )
      }),
      usd(entry.estimatedCostUsd) !== sum && `cost ${entry.estimatedCostUsd} USD, its attempts ${sum / 1e6}`,
    ]
  },
)

const minuteMs = 60_000

/** Once more on the same try: not as the provider asked, and not in another way. */
function isRepeat({ requests }: Stories, call: CallStory): boolean {
  const story = requests.get(call.note.request)
  if (story === undefined || attemptOf(story, call)?.recovery !== undefined) return false
  const last = story.calls.findLast(
    ({ note }) => note.call < call.note.call && tryName(note) === tryName(call.note),
  )
  return last !== undefined && !['rate_limit', 'quota'].includes(last.booked?.class ?? '')
}

const i22: Invariant = {
  name: 'I22',
  says: 'Repeated calls to a provider stay within the share of the requests to it and the few that are free.',
  check({ stories, history }) {
    const calls = stories.calls.map((call) => ({ ...call.note, again: isRepeat(stories, call) }))
    return history.scene.providers.flatMap(({ name }): readonly Finding[] => {
      const ours = calls.filter(({ provider }) => provider === name)
      return ours.flatMap((last) => {
        const lately = ours.filter(({ atMs }) => atMs > last.atMs - minuteMs && atMs <= last.atMs)
        const again = lately.filter((call) => call.again).length
        const { share, perMinute } = termsOf(configAt(history.scene, last.atMs)).retries
        // What was saved up and what came in meanwhile.
        const most = share * (lately.length - again) + perMinute + Math.max(1, perMinute)
        return again > most
          ? [{ atMs: last.atMs, says: `${again} repeats at ${name} in a minute, not ${most}` }]
          : []
      })
    })
  },
}

const i23: Invariant = {
  name: 'I23',
  says: 'No request waits for another: its first call goes out at once where a target is free.',
  check: ({ observed }) =>
    observed.starts.flatMap(({ story, atMs, isFree }) => {
      const first = story.calls[0]?.note.atMs
      if (!isFree || first === atMs || noteOf(story, 'left')) return []
      return [
        {
          atMs,
          request: story.scene.id,
          says: `a target is free at ${atMs}, the first call came at ${first}`,
        },
      ]
    }),
}

/** Requests that were asked and had not ended, at most at once. */
function mostAtOnce({ notes }: History): number {
  let now = 0
  let most = 0
  for (const { what } of notes) {
    if (what === 'asked') now += 1
    if (what === 'told' || what === 'threw') now -= 1
    most = Math.max(most, now)
  }
  return most
}

const keptEvents = 100

const bounds = perRequest(
  'I24',
  'What is kept is bounded, and what is left out is counted.',
  (story, run) => {
    const entry = noteOf(story, 'entered')?.entry
    if (entry === undefined) return []
    const { resilienceEvents, resilienceEventsLeftOut: leftOut, attempts } = entry
    const told = notesOf(story, 'event').filter(
      ({ topic, payload }) =>
        // The end of a call that lost may come after the entry.
        (payload['fault'] as { code?: string } | undefined)?.code !== 'hedge_lost' &&
        !topic.startsWith('api.request.') &&
        topic !== 'api.call.attempt' &&
        topic !== 'bias.ledger.entry.created',
    )
    return [
      resilienceEvents.length > keptEvents && `${resilienceEvents.length} events are kept`,
      resilienceEvents.length + leftOut !== told.length &&
        `${resilienceEvents.length} events kept and ${leftOut} left out, of ${told.length}`,
      attempts.length > configOf(run, story).attempts.max && `${attempts.length} attempts are kept`,
    ]
  },
)

const i24: Invariant = {
  ...bounds,
  check(run) {
    const { mostRunning } = run.history.left
    const most = mostAtOnce(run.history)
    const ran = mostRunning > most ? [{ atMs: 0, says: `${mostRunning} ran at once, ${most} had asked` }] : []
    return [...bounds.check(run), ...ran]
  },
}

const isTaken = (story: RequestStory) => noteOf(story, 'intended') !== undefined

const i25 = perRequest(
  'I25',
  'Every request that is taken has its intent before the first call, and exactly one entry after it.',
  (story, run) => {
    const intended = noteOf(story, 'intended')
    const isRefused = configOf(run, story).ledger.mode === 'required' && intended?.ok === false
    const due = isTaken(story) && !isRefused ? 1 : 0
    const entries = notesOf(story, 'entered')
    return [
      ...story.calls.map(
        ({ note }) =>
          (intended === undefined || note.at < intended.at) && `${tryName(note)} was called without intent`,
      ),
      isRefused && story.calls.length > 0 && 'called though the intent could not be written',
      entries.length !== due && `${entries.length} entries`,
      entries.some(({ entry }) => entry.tenant !== story.scene.tenant) && 'entered for another tenant',
    ]
  },
)

const i29 = perRequest(
  'I29',
  'Start, attempts with their ends, end and entry are told in this order.',
  (story) => {
    const starts = eventsOf(story, 'api.request.start')
    const ends = eventsOf(story, 'api.request.end')
    const attempts = eventsOf(story, 'api.call.attempt')
    const told = noteOf(story, 'told')
    const entered = noteOf(story, 'entered')
    const orders = [
      [starts[0], attempts[0], ends[0], entered, told],
      ...story.calls.map(({ note, booked }, at) => [starts[0], attempts[at], note, booked, told]),
    ].map((order) => order.flatMap((note) => (note ? [note.at] : [])))
    return [
      starts.length !== (story.scene.refusedAs ? 0 : 1) && `${starts.length} starts`,
      ends.length !== starts.length && `${ends.length} ends for ${starts.length} starts`,
      attempts.length !== story.calls.length &&
        `${attempts.length} attempts told, ${story.calls.length} made`,
      attempts.some(({ payload }, at) => payload['attempt'] !== at + 1) &&
        'attempts are not counted one by one',
      ...orders.map(
        (places) =>
          places.some((place, at) => place < (places[at - 1] ?? -1)) && `out of order: ${places.join(' ')}`,
      ),
      story.calls.some(
        ({ booked }) => booked && booked.code !== 'hedge_lost' && booked.at > (ends[0]?.at ?? 0),
      ) && 'the end was told before an attempt had ended',
    ]
  },
)

export const ofAccounts: readonly Invariant[] = [i20, i21, i22, i23, i24, i25, i29]
