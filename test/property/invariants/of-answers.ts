/** What holds of the answers that callers get: whose words they are, that they are whole, and that they end once. */

import type { CallStory, RequestStory } from '../oracle/stories.ts'
import { attemptOf, eventsOf, noteOf, notesOf, tryName } from '../oracle/stories.ts'
import { textOf, wordsIn } from '../simulation/wire-answer.ts'
import { type Invariant, perRequest } from './invariant.ts'

/** The calls whose words make up a text, in order, and how much of it they explain. */
function speakers(story: RequestStory, text: string) {
  const spoke: CallStory[] = []
  let said = 0
  for (const call of story.calls) {
    const own = continuation(call, text.slice(0, said))
    const size = story.scene.speech.voice === 'own' ? wholeWords : commonLength
    const fresh = own === undefined ? 0 : size(text.slice(said), own)
    if (fresh > 0) spoke.push(call)
    said += fresh
  }
  return { spoke, said }
}

/** What of a call's words may follow what was said before it: one that was asked anew has to begin the same. */
function continuation({ note }: CallStory, before: string): string | undefined {
  const own = textOf(note.truth.answer)
  if (own.startsWith(before)) return own.slice(before.length)
  if (!note.truth.goesOn) return undefined
  return before.endsWith(' ') ? own.trimStart() : own
}

/** Words begin with the same letters: only whole ones tell who said them. */
function wholeWords(text: string, own: string): number {
  let length = 0
  for (const piece of own.split(/(?= )|(?<= )/)) {
    if (!text.startsWith(piece, length)) break
    length += piece.length
  }
  return length
}

function commonLength(one: string, other: string): number {
  let at = 0
  while (at < one.length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1
  return at
}

const i1 = perRequest(
  'I1',
  'What a caller is sent are the words of one attempt, and of another only where it goes on for one that broke.',
  (story) => {
    const told = noteOf(story, 'told')
    if (told === undefined) return []
    const { spoke, said } = speakers(story, told.text)
    return [
      told.wireText !== told.text && `relays ${told.wireText} and tells ${told.text}`,
      said < told.text.length && `nobody said ${told.text.slice(said)} after ${told.text.slice(0, said)}`,
      spoke.length > 1 &&
        story.scene.recovery.length === 0 &&
        'several attempts spoke on a route without recovery',
      ...spoke
        .slice(0, -1)
        .map(
          (call) =>
            call.booked?.code === undefined && `${tryName(call.note)} was left though it had not failed`,
        ),
      ...spoke.slice(1).map((call) => {
        return (
          attemptOf(story, call)?.recovery === undefined &&
          `${tryName(call.note)} went on, the ledger does not say how`
        )
      }),
    ]
  },
)

const i2 = perRequest('I2', 'A request ends exactly once, and the ledger says how.', (story) => {
  const told = notesOf(story, 'told')
  const entered = notesOf(story, 'entered')
  const ends = eventsOf(story, 'api.request.end')
  const outcome = entered[0]?.entry.outcome
  const ended = told[0]?.ended ?? ''
  const isWhole = outcome === 'SUCCESS' || outcome === 'RECOVERED_SUCCESS'
  const said = ends.map(({ payload }) => payload['outcome'])
  return [
    told.length !== 1 && `the caller was told ${told.length} ends`,
    entered.length > 1 && `${entered.length} ledger entries`,
    ended === 'nothing' && 'the stream stopped without an end and without an error',
    ended === 'end' && !isWhole && `told as whole, entered as ${outcome}`,
    // An entry that was not confirmed forbids to tell the end that it holds.
    isWhole &&
      !['end', 'left', 'ledger_unavailable'].includes(ended) &&
      `told ${ended}, entered as ${outcome}`,
    ended === 'ledger_unavailable' &&
      entered.some(({ ok }) => ok) &&
      'the ledger was there and is told not to be',
    said.some((word) => word !== outcome && word !== 'REJECTED') && `ended as ${said}, entered as ${outcome}`,
  ]
})

const i3 = perRequest(
  'I3',
  'Success means that the caller has a whole answer, with its end marker.',
  (story) => {
    const told = noteOf(story, 'told')
    const last = story.calls.findLast(({ booked }) => booked && booked.code === undefined)
    if (told?.ended !== 'end') return []
    if (last === undefined) return ['no call ended well']
    const words = wordsIn(told.text)
    const { answer, fault } = last.note.truth
    return [
      fault !== undefined && `the last attempt really met ${fault}`,
      words.length !== answer.total && `${words.length} of ${answer.total} words: ${told.text}`,
      words.some(({ at }, place) => at !== place) && `words are missing, doubled or broken: ${told.text}`,
    ]
  },
)

export const ofAnswers: readonly Invariant[] = [i1, i2, i3]
