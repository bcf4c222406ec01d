/** Goes through a run once with the oracles beside it, and finds where the engine did what it must not. */

import { createCircuitOracle, type Move, resultsOf } from './circuits.ts'
import type { Finding } from './finding.ts'
import { createKeyOracle } from './keys.ts'
import { passedOver, type Standings, untriedProviders } from './order.ts'
import type { CallStory, NoteOf, Placed, RequestStory, Stories } from './stories.ts'
import { eventsOf, kindOf, noteOf, tryName } from './stories.ts'

export interface Replay {
  readonly findings: readonly Finding[]
  /** Requests of the calm for which, when they asked, some good key of some target was free. */
  readonly answerable: ReadonlySet<string>
  /** Circuits that are not closed at the end. */
  readonly openCircuits: readonly string[]
}

interface State extends Standings {
  readonly stories: Stories
  readonly findings: Finding[]
  readonly answerable: Set<string>
  /** The end that was booked last, and the moves that must be told of it. */
  ending?: { readonly call: CallStory; readonly stale: readonly string[]; due: readonly Move[] }
}

/** Fake time has fractions; two sums of the same numbers may differ in the last place. */
const dustMs = 0.001

export function replay(stories: Stories): Replay {
  const { scene, notes } = stories.history
  const state: State = {
    scene,
    stories,
    circuits: createCircuitOracle(scene.config.breaker),
    keys: createKeyOracle(),
    findings: [],
    answerable: new Set(),
  }
  for (const [at, note] of notes.entries()) {
    const request = 'request' in note && note.request ? stories.requests.get(note.request) : undefined
    if (note.what === 'asked' && request) onAsked(state, request, note.atMs)
    if (note.what === 'called' && request) onCalled(state, request, { ...note, at })
    if (note.what === 'event') onEvent(state, request, { ...note, at })
  }
  claimDue(state, notes.at(-1)?.atMs ?? 0)
  return { findings: state.findings, answerable: state.answerable, openCircuits: state.circuits.open() }
}

function onAsked(state: State, { scene }: RequestStory, atMs: number): void {
  if (scene.phase === 'storm') return
  const good = scene.wanted.some((target) =>
    state.scene.providers
      .filter(({ name }) => name === target.provider)
      .flatMap(({ keys }) => keys)
      .some(
        ({ secret, revokedAtMs }) =>
          revokedAtMs > atMs &&
          state.keys.standing({ ...target, key: `key_${secret}` }, atMs).kind === 'free',
      ),
  )
  if (good) state.answerable.add(scene.id)
}

function onCalled(state: State, story: RequestStory, note: Placed<NoteOf<'called'>>): void {
  claimDue(state, note.atMs)
  const find = (invariant: string, says: string) =>
    state.findings.push({
      invariant,
      atMs: note.atMs,
      request: note.request,
      says: `${tryName(note)}: ${says}`,
    })
  for (const { circuit, because, untilMs } of state.circuits.refusals(note, note.atMs))
    if (untilMs - note.atMs > dustMs)
      find(because === 'open' ? 'I11' : 'I12', `circuit ${circuit} is ${because} until ${untilMs}`)
  judgeKey(state, note, find)
  judgeOrder(state, story, note, find)
  state.circuits.called(note.call, note, note.atMs)
}

type Find = (invariant: string, says: string) => void

function judgeKey(state: State, note: Placed<NoteOf<'called'>>, find: Find): void {
  const standing = state.keys.standing(note, note.atMs + dustMs)
  if (standing.kind === 'dead') find('I19', 'the key is dead')
  if (standing.kind === 'barred') find('I19', 'the key is known not to be allowed this model')
  if (standing.kind === 'resting') {
    find(standing.named ? 'I8' : 'I19', `the key rests until ${standing.untilMs}`)
  }
}

function judgeOrder(state: State, story: RequestStory, note: Placed<NoteOf<'called'>>, find: Find): void {
  const prior = story.calls.filter(({ note: { call } }) => call < note.call)
  const nowMs = note.atMs
  const upTo = story.scene.wanted.findIndex(
    ({ provider, model }) => provider === note.provider && model === note.model,
  )
  if (upTo < 0) return find('P1', 'is not in the plan')
  const isAgain = prior.some(({ note: { provider } }) => provider === note.provider)
  const left = state.scene.config.attempts.max - prior.length - 1
  const untried = untriedProviders(state, story, prior, nowMs)
  if (isAgain && left < untried.size)
    find('I4', `${left} attempts are left for ${[...untried].join(', ')}, which were not tried`)
  // After a wait things may stand differently from when the step was chosen.
  const chosenAtMs = prior.at(-1)?.booked?.atMs ?? noteOf(story, 'intended')?.atMs
  if (chosenAtMs !== nowMs) return
  for (const { provider, model } of passedOver(state, story, { prior, upTo, nowMs }))
    find('P1', `${provider}/${model} was passed over and could be called`)
}

function onEvent(state: State, story: RequestStory | undefined, note: Placed<NoteOf<'event'>>): void {
  const { topic } = note
  const call = story?.calls.find(({ booked }) => booked?.at === note.at)
  if (call) return onBooked(state, call, note.atMs)
  if (topic === 'resource.penalized') return onPenalized(state, note)
  if (topic === 'circuit.tripped' || topic === 'circuit.reset') return onMove(state, note)
  if (topic === 'api.request.end' && story) judgeEnd(state, story, note.atMs)
}

function onBooked(state: State, call: CallStory, nowMs: number): void {
  claimDue(state, nowMs)
  const { note, booked } = call
  const names = [note.provider, `${note.provider}/${note.model}`]
  const stale = names.filter((name) => state.circuits.isStale(note.call, name))
  const scope = kindOf(call)?.scope
  const due = state.circuits.ended(note.call, note, { class: booked?.class, scope }, nowMs)
  state.ending = { call, stale, due }
  if (booked?.class === undefined) return
  state.keys.failed(note, { class: booked.class, namedMs: note.truth.namedMs }, nowMs)
}

/** A rest that the provider did not name is the engine's to choose, above zero and below its cap. */
function onPenalized(state: State, note: Placed<NoteOf<'event'>>): void {
  const call = state.ending?.call
  const { restForMs } = note.payload as { restForMs: number }
  if (call === undefined) return
  const find = (says: string) =>
    state.findings.push({ invariant: 'I19', atMs: note.atMs, says: `${tryName(call.note)}: ${says}` })
  const before = state.keys.standing(call.note, note.atMs)
  const leftMs = before.kind === 'resting' ? before.untilMs - note.atMs : 0
  if (restForMs < leftMs - dustMs) find(`rests ${restForMs} ms where ${leftMs} ms were left`)
  if (call.booked?.class !== 'rate_limit' || call.note.truth.namedMs !== undefined) return
  const mostMs = Math.max(state.scene.config.keyPool.restCapMs, leftMs + dustMs)
  if (restForMs <= 0 || restForMs > mostMs) find(`rests ${restForMs} ms, not above 0 and at most ${mostMs}`)
  state.keys.rests(call.note, note.atMs + restForMs)
}

function onMove(state: State, note: Placed<NoteOf<'event'>>): void {
  const { ending } = state
  const circuit = String(note.payload['circuit'])
  const move: Move = { circuit, topic: note.topic === 'circuit.reset' ? 'circuit.reset' : 'circuit.tripped' }
  const { openForMs } = state.scene.config.breaker
  const find = (invariant: string, says: string) =>
    state.findings.push({ invariant, atMs: note.atMs, says: `${note.topic} of ${circuit}: ${says}` })
  if (move.topic === 'circuit.tripped' && note.payload['openForMs'] !== openForMs)
    find('I16', `open for ${note.payload['openForMs']} ms and not ${openForMs}`)
  const isDue = ending?.due.some((due) => due.circuit === circuit && due.topic === move.topic)
  if (ending && isDue) {
    ending.due = ending.due.filter((due) => due.circuit !== circuit || due.topic !== move.topic)
    return
  }
  state.circuits.adopt(move, note.atMs)
  if (ending === undefined) return find('I16', 'no call has ended')
  if (ending.stale.includes(circuit)) return find('I14', 'by a result of an earlier epoch')
  const results = resultsOf({ class: ending.call.booked?.class, scope: kindOf(ending.call)?.scope })
  const result = circuit.includes('/') ? results.model : results.provider
  if (result === 'neutral' && move.topic === 'circuit.tripped')
    return find('I15', `by ${ending.call.booked?.code}, which is not its fault`)
  find(move.topic === 'circuit.reset' ? 'I13' : 'I16', 'for no reason')
}

/** Moves that were due and not told. */
function claimDue(state: State, atMs: number): void {
  for (const { circuit, topic } of state.ending?.due ?? []) {
    const invariant = topic === 'circuit.tripped' ? 'I11' : 'I13'
    state.findings.push({ invariant, atMs, says: `circuit ${circuit} must have moved: ${topic}` })
  }
  state.ending = undefined
}

/** A request gives up only when nothing that it wants can be called. */
function judgeEnd(state: State, story: RequestStory, nowMs: number): void {
  const { calls: prior, scene } = story
  const last = prior.at(-1)
  if (noteOf(story, 'left') || eventsOf(story, 'api.request.end')[0]?.payload['outcome'] !== 'FAILURE') return
  if (noteOf(story, 'answered') || nowMs >= (noteOf(story, 'asked')?.atMs ?? 0) + scene.totalMs - 1) return
  const chosenAtMs = last?.booked?.atMs ?? noteOf(story, 'intended')?.atMs
  if (chosenAtMs !== nowMs || prior.length >= state.scene.config.attempts.max) return
  const kind = last && kindOf(last)
  if (kind?.retry === 'never' || (kind?.class === 'unknown' && state.scene.config.unknownFaults === 'fatal'))
    return
  for (const { provider, model } of passedOver(state, story, { prior, upTo: scene.wanted.length, nowMs }))
    state.findings.push({
      invariant: 'P2',
      atMs: nowMs,
      request: scene.id,
      says: `gave up while ${provider}/${model} could be called`,
    })
}
