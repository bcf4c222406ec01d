/** What holds of each request: one end, in time, within its attempts, and nothing after its caller left. */

import { eventsOf, noteOf, notesOf, type RequestStory, tryName } from '../oracle/stories.ts'
import { epsilonMs, type Invariant, perRequest, type Run } from './invariant.ts'

const ledgerMs = ({ history }: Run) => history.scene.ledger.delayMs

/** How long an end may take to reach the caller: the commit of the entry, and the chunk being read. */
const endingMs = ({ scene }: RequestStory, run: Run) => ledgerMs(run) + scene.readForMs + epsilonMs

const i2 = perRequest('I2', 'A request ends exactly once, and the ledger says how.', (story) => {
  const told = notesOf(story, 'told')
  const entered = notesOf(story, 'entered')
  const ends = eventsOf(story, 'api.request.end')
  const outcome = entered[0]?.entry.outcome
  const ended = told[0]?.ended
  const isWhole = outcome === 'SUCCESS' || outcome === 'RECOVERED_SUCCESS'
  return [
    told.length !== 1 && `the caller was told ${told.length} ends`,
    entered.length > 1 && `${entered.length} ledger entries`,
    ends.length !== entered.length && `${ends.length} end events for ${entered.length} entries`,
    ended === 'nothing' && 'the stream stopped without an end and without an error',
    ended === 'end' && !isWhole && `told as whole, entered as ${outcome}`,
    // An entry that was not confirmed forbids to tell the end that it holds.
    ended !== undefined &&
      !['end', 'left'].includes(ended) &&
      isWhole &&
      entered[0]?.ok === true &&
      `told ${ended}, entered as ${outcome}`,
  ]
})

const i5 = perRequest(
  'I5',
  'No attempt starts or goes on beyond the deadline, and the request ends with it.',
  (story, run) => {
    const asked = noteOf(story, 'asked')
    const told = noteOf(story, 'told')
    if (asked === undefined) return ['it was never asked']
    const deadlineMs = asked.atMs + story.scene.totalMs
    const mostMs = deadlineMs + 2 * endingMs(story, run)
    return [
      ...story.calls.flatMap(({ note, over }) => [
        note.atMs >= deadlineMs + epsilonMs &&
          `${tryName(note)} was called at ${note.atMs}, the deadline was ${deadlineMs}`,
        over &&
          over.atMs > deadlineMs + epsilonMs &&
          `${tryName(note)} was open until ${over.atMs}, the deadline was ${deadlineMs}`,
      ]),
      // A caller who reads slowly takes the time he takes.
      story.scene.readForMs === 0 &&
        told &&
        told.atMs > mostMs &&
        `ended at ${told.atMs}, the deadline was ${deadlineMs}`,
    ]
  },
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

const i9 = perRequest('I9', 'Attempts of a request do not overlap, and each is closed.', (story) =>
  story.calls.flatMap(({ note, over }, at) => {
    const next = story.calls[at + 1]
    return [
      over === undefined && `${tryName(note)} was never closed`,
      over &&
        next &&
        next.note.at < over.at &&
        `${tryName(next.note)} was called while ${tryName(note)} was open`,
    ]
  }),
)

export const ofRequests: readonly Invariant[] = [i2, i5, i7, i9]
