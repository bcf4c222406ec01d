/** What holds of circuits, by the events they tell and the calls they let out. */

import type { Target } from '../../../src/protocol/plan.ts'
import type { MoveFacts } from '../oracle/facts.ts'
import { noteOf, tryName } from '../oracle/stories.ts'
import { termsOf } from '../oracle/terms.ts'
import { dustMs, type Invariant, perFact, perRequest } from './invariant.ts'

const ofMoves = (
  name: string,
  says: string,
  judge: (move: MoveFacts) => readonly (string | false | undefined)[],
) =>
  perFact(
    name,
    says,
    ({ observed }) => observed.moves,
    (move) => judge(move).map((wrong) => wrong && `${move.topic} of ${move.circuit}: ${wrong}`),
    ({ atMs }) => ({ atMs }),
  )

const i11: Invariant = {
  name: 'I11',
  says: 'A circuit opens when it has to, and lets nothing out while it is open.',
  check: ({ observed }) => [
    ...observed.calls.flatMap(({ refusals, call, story }) =>
      refusals
        .filter(({ because, untilMs }) => because === 'open' && untilMs - call.note.atMs > dustMs)
        .map(({ circuit, untilMs }) => ({
          atMs: call.note.atMs,
          request: story.scene.id,
          says: `${tryName(call.note)}: circuit ${circuit} is open until ${untilMs}`,
        })),
    ),
    ...observed.missed
      .filter(({ topic }) => topic === 'circuit.tripped')
      .map(({ atMs, circuit }) => ({ atMs, says: `circuit ${circuit} had to open` })),
  ],
}

const i12 = perFact(
  'I12',
  'After the wait no more calls are out at once than there are probes.',
  ({ observed }) => observed.calls,
  ({ refusals, call }) =>
    refusals
      .filter(({ because, untilMs }) => because === 'probed' && untilMs - call.note.atMs > dustMs)
      .map(({ circuit }) => `${tryName(call.note)}: the probe of ${circuit} is out`),
  ({ story, call }) => ({ atMs: call.note.atMs, request: story.scene.id }),
)

const i13: Invariant = {
  name: 'I13',
  says: 'Every probe is settled, success closes, and a healthy target does not stay shut.',
  check({ history, stories, observed }) {
    const atMs = history.notes.at(-1)?.atMs ?? 0
    const unsettled = stories.calls
      .filter(({ booked }) => booked === undefined)
      .map(({ note }) => ({ atMs, request: note.request, says: `${tryName(note)} was never settled` }))
    const missed = observed.missed
      .filter(({ topic }) => topic === 'circuit.reset')
      .map((due) => ({ atMs: due.atMs, says: `circuit ${due.circuit} had to close` }))
    const unfounded = observed.moves
      .filter(
        ({ topic, cause, circuit }) => topic === 'circuit.reset' && cause?.results[circuit] !== 'success',
      )
      .map((move) => ({ atMs: move.atMs, says: `circuit ${move.circuit} closed without a success` }))
    const calm = [...stories.requests.values()].filter(({ scene }) => scene.phase !== 'storm')
    // Where several probes are wanted, so many have to have been asked for.
    const most = Math.max(...history.scene.configs.map(({ config }) => termsOf(config).probes))
    const stuck = observed.openCircuits
      .filter((circuit) => {
        const asking = calm.filter(({ scene }) => scene.wanted.some((target) => isOf(circuit, target)))
        const answered = asking.filter((story) => noteOf(story, 'told')?.ended === 'end')
        const isRefused = asking.some(
          (one) => observed.answerable.has(one.scene.id) && !answered.includes(one),
        )
        return answered.length >= most || isRefused
      })
      .map((circuit) => ({
        atMs,
        says: `circuit ${circuit} is not closed at the end, though it would answer`,
      }))
    return [...unsettled, ...missed, ...unfounded, ...stuck]
  },
}

const isOf = (circuit: string, { provider, model }: Target) =>
  circuit === provider || circuit === `${provider}/${model}`

/** Models that fail together open their provider, whatever it did itself. */
const isByModels = ({ circuit, before, cause, terms }: MoveFacts) =>
  !circuit.includes('/') &&
  before.openModels >= terms.providerTripsAt &&
  Object.entries(cause?.results ?? {}).some(
    ([name, result]) => name.includes('/') && result === 'failure' && !cause?.stale.includes(name),
  )

const i14 = ofMoves('I14', 'The end of a call of an earlier state moves nothing.', (move) => [
  move.cause?.stale.includes(move.circuit) &&
    !isByModels(move) &&
    `by ${tryName(move.cause.call.note)}, which an earlier state let out`,
])

const i15 = ofMoves(
  'I15',
  'Only what is a provider’s own fault opens a circuit: no limit of a key, no fault of a caller, no cancel.',
  (move) => [
    move.topic === 'circuit.tripped' &&
      move.cause !== undefined &&
      move.cause.results[move.circuit] !== 'failure' &&
      !isByModels(move) &&
      `by ${move.cause.call.booked?.code ?? 'a success'}, which is not its fault`,
  ],
)

const i16 = ofMoves(
  'I16',
  'Circuits open for a reason, for a time within bounds, and not shorter each time.',
  (move) => {
    if (move.topic === 'circuit.reset') return []
    const { openForMs, before, terms, atMs } = move
    const { least, first, most } = terms.openForMs
    const isAgain = before.openedForMs !== undefined && before.openedUnderMs === first
    const shrunk = isAgain && openForMs < (before.openedForMs ?? 0) * (least / first) - dustMs
    // A circuit that was not closed for long goes on with its outage; chance spreads the length it is measured by.
    const isSameOutage =
      before.resetAtMs !== undefined &&
      atMs - before.resetAtMs < (first / Math.max(1, least)) * (before.lastForMs ?? 0)
    return [
      move.cause === undefined && 'no call has ended',
      openForMs < least - dustMs && `open for ${openForMs} ms, at least ${least} are due`,
      openForMs > most + dustMs && `open for ${openForMs} ms, at most ${most} are allowed`,
      before.openedForMs === undefined &&
        !isSameOutage &&
        openForMs > first + dustMs &&
        `first open for ${openForMs} ms, not ${first}`,
      shrunk && `open for ${openForMs} ms, after ${before.openedForMs} before`,
      before.kind === 'closed' &&
        before.failures < terms.leastFailures &&
        before.failedLately < terms.leastInWindow &&
        !isByModels(move) &&
        `after ${before.failures} failures, ${terms.leastFailures} are needed`,
    ]
  },
)

const i17 = perRequest(
  'I17',
  'Whoever can be answered is: when all is well again, and where a wanted provider is sound all the time.',
  (story, run) => {
    const told = noteOf(story, 'told')
    if (told === undefined || told.ended === 'end') return []
    if (run.observed.answerable.has(story.scene.id))
      return [`all is well again, and it ended with ${told.ended}`]
    return [isServable(story, run) && `a wanted provider is sound, and it ended with ${told.ended}`]
  },
)

type Judge = Parameters<typeof perRequest>[2]

/** Nothing stands against an answer but the faults of other providers. */
function isServable(
  story: Parameters<Judge>[0],
  { history: { scene }, stories }: Parameters<Judge>[1],
): boolean {
  const { wanted, flaw, phase, atMs, totalMs } = story.scene
  const told = noteOf(story, 'told')
  const providers = new Set(wanted.map(({ provider }) => provider))
  const sound = scene.providers.filter(
    ({ name, spells, keys }) =>
      providers.has(name) &&
      spells.length === 0 &&
      keys.every(({ revokedAtMs }) => !Number.isFinite(revokedAtMs)),
  )
  const isSteady = scene.configs.length === 1 && scene.ledger.outages.length === 0
  const config = scene.configs[0]?.config
  const isInTime = (told?.atMs ?? 0) < atMs + totalMs - 1
  const hasAttempts = providers.size <= (config?.attempts.max ?? 0)
  const isPatient = noteOf(story, 'left') === undefined && story.scene.readForMs === 0
  const metUnknown = stories.calls.some(
    ({ note, booked }) => note.request === story.scene.id && booked?.class === 'unknown',
  )
  return (
    sound.length > 0 &&
    phase === 'storm' &&
    flaw === undefined &&
    isSteady &&
    isInTime &&
    hasAttempts &&
    isPatient &&
    !metUnknown &&
    noteOf(story, 'first_text') === undefined
  )
}

export const ofCircuits: readonly Invariant[] = [i11, i12, i13, i14, i15, i16, i17]
