/** Goes through a run once, in order, and writes down how circuits, keys and targets stood at each call and each end. */

import type { Config } from '../../../src/config/config.ts'
import { configAt } from '../simulation/scene.ts'
import { type Booking, type Due, type MoveTopic, ObservedCircuits } from './circuits.ts'
import type { CallFacts, EndFacts, MoveFacts, Observed, RestFacts, StartFacts } from './facts.ts'
import { createKeyOracle } from './keys.ts'
import { isCallable, passedOver, type Standings, untriedProviders } from './order.ts'
import type { CallStory, NoteOf, Placed, RequestStory, Stories } from './stories.ts'
import { eventsOf, kindOf, noteOf } from './stories.ts'
import { type Terms, termsOf } from './terms.ts'

interface State extends Standings {
  readonly stories: Stories
  readonly calls: CallFacts[]
  readonly moves: MoveFacts[]
  readonly missed: (Due & { readonly atMs: number })[]
  readonly rests: RestFacts[]
  readonly starts: StartFacts[]
  readonly gaveUp: EndFacts[]
  readonly answerable: Set<string>
  /** Providers that could have been called first when the last attempt of a request had ended. */
  readonly waiting: Map<RequestStory, ReadonlySet<string>>
  readonly unanswered: Map<string, number[]>
  /** The end that was booked last. */
  booking?: Booking
}

export function observe(stories: Stories): Observed {
  const { scene, notes } = stories.history
  const state: State = {
    scene,
    stories,
    circuits: new ObservedCircuits(),
    keys: createKeyOracle(),
    calls: [],
    moves: [],
    missed: [],
    rests: [],
    starts: [],
    gaveUp: [],
    answerable: new Set(),
    waiting: new Map(),
    unanswered: new Map(),
  }
  let config = configAt(scene, 0)
  for (const [at, note] of notes.entries()) {
    const now = configAt(scene, note.atMs)
    if (now !== config) state.keys.reloaded()
    config = now
    const story = 'request' in note && note.request ? stories.requests.get(note.request) : undefined
    if (note.what === 'asked' && story) onAsked(state, story, note.atMs)
    if (note.what === 'intended' && story && note.ok) onTaken(state, story, note.atMs)
    if (note.what === 'called' && story) onCalled(state, story, note.call)
    if (note.what === 'event') onEvent(state, story, { ...note, at })
  }
  claimDue(state, notes.at(-1)?.atMs ?? 0)
  return { ...state, openCircuits: state.circuits.open() }
}

const termsAt = ({ scene }: State, atMs: number) => termsOf(configAt(scene, atMs))

function onAsked(state: State, { scene }: RequestStory, atMs: number): void {
  if (scene.phase === 'storm') return
  const { providers, attempts } = configAt(state.scene, atMs)
  const isAnswerable = scene.wanted.some((target) => {
    const configured = providers.get(target.provider)?.keys ?? []
    const provider = state.scene.providers.find(({ name }) => name === target.provider)
    const free = (provider?.keys ?? []).filter(
      ({ secret }) =>
        configured.includes(secret) &&
        state.keys.standing({ ...target, key: `key_${secret}` }, atMs).kind === 'free',
    )
    const revoked = free.filter(({ revokedAtMs }) => revokedAtMs <= atMs)
    // A key that was revoked unnoticed takes an attempt to be known.
    return free.length > revoked.length && attempts.max > revoked.length
  })
  if (isAnswerable) state.answerable.add(scene.id)
}

function onTaken(state: State, story: RequestStory, atMs: number): void {
  const situation = { story, prior: [], nowMs: atMs }
  const isFree = story.scene.wanted.some((target) => isCallable(state, situation, target))
  if (atMs < story.scene.atMs + story.scene.totalMs) state.starts.push({ story, atMs, isFree })
}

function onCalled(state: State, story: RequestStory, index: number): void {
  const call = story.calls.find(({ note }) => note.call === index)
  if (call === undefined) return
  const { note } = call
  claimDue(state, note.atMs)
  const terms = termsAt(state, note.atMs)
  const prior = story.calls.filter((one) => one.note.call < index)
  const situation = { story, prior, nowMs: note.atMs }
  const place = story.scene.wanted.findIndex(
    ({ provider, model }) => provider === note.provider && model === note.model,
  )
  const secret = note.key.slice('key_'.length)
  const configs = [configAt(state.scene, story.scene.atMs), configAt(state.scene, note.atMs)]
  // After a wait things may stand differently from when the step was chosen.
  const chosen = prior.length > 0 ? prior.at(-1)?.booked : noteOf(story, 'intended')
  const isChosenNow = chosen?.atMs === note.atMs && chosen.at < note.at
  state.calls.push({
    story,
    call,
    terms,
    place,
    refusals: state.circuits.refusals(note, terms, note.atMs),
    key: state.keys.standing(note, note.atMs),
    isConfigured: configs.some(({ providers }) => providers.get(note.provider)?.keys.includes(secret)),
    left: configAt(state.scene, story.scene.atMs).attempts.max - prior.length - 1,
    untried: [...untriedProviders(state, situation)].filter(
      (provider) => prior.length === 0 || state.waiting.get(story)?.has(provider),
    ),
    ...(isChosenNow && place >= 0 ? { passedOver: passedOver(state, situation, place) } : {}),
  })
  state.circuits.called(call, terms, leaseMsOf(configAt(state.scene, story.scene.atMs), terms, story))
}

/** A probe may be out as long as its answer may take. */
function leaseMsOf(config: Config, terms: Terms, { scene }: RequestStory): number {
  const { profile } = scene.extension
  const limits = { ...config.timeouts, ...(profile ? config.profiles[profile] : {}) }
  return Math.max(terms.leaseMs, scene.stream ? limits.firstTokenMs : limits.responseMs)
}

function onEvent(state: State, story: RequestStory | undefined, note: Placed<NoteOf<'event'>>): void {
  const { topic, atMs } = note
  const call = story?.calls.find(({ booked }) => booked?.at === note.at)
  if (call && story) onBooked(state, story, call)
  else if (topic === 'resource.penalized') onPenalized(state, note)
  else if (topic === 'circuit.tripped' || topic === 'circuit.reset') onMove(state, topic, note)
  else if (topic === 'api.request.end' && story) onEnd(state, story, atMs)
}

function onBooked(state: State, story: RequestStory, call: CallStory): void {
  const nowMs = call.booked?.atMs ?? 0
  claimDue(state, nowMs)
  const terms = termsAt(state, nowMs)
  const { note, booked } = call
  const end = { class: booked?.class, scope: kindOf(call)?.scope }
  state.booking = state.circuits.booked(call, end, { terms, nowMs })
  const prior = story.calls.filter((one) => one.note.call <= note.call)
  if (prior.length < story.calls.length)
    state.waiting.set(story, untriedProviders(state, { story, prior, nowMs }))
  if (Object.values(state.booking.results).includes('failure')) {
    const times = state.unanswered.get(note.provider) ?? []
    state.unanswered.set(note.provider, [...times, nowMs])
  }
  if (booked?.class === undefined) return
  state.keys.failed(note, { class: booked.class, namedMs: note.truth.namedMs, terms }, nowMs)
}

function onPenalized(state: State, note: Placed<NoteOf<'event'>>): void {
  const call = state.booking?.call
  if (call === undefined) return
  const restForMs = Number(note.payload['restForMs'])
  const before = state.keys.standing(call.note, note.atMs)
  const isChosen = call.booked?.class === 'rate_limit' && call.note.truth.namedMs === undefined
  state.rests.push({
    call,
    atMs: note.atMs,
    restForMs,
    leftMs: before.kind === 'resting' ? before.untilMs - note.atMs : 0,
    isChosen,
    terms: termsAt(state, note.atMs),
  })
  if (isChosen) state.keys.rests(call.note, note.atMs + restForMs)
}

function onMove(state: State, topic: MoveTopic, note: Placed<NoteOf<'event'>>): void {
  const circuit = String(note.payload['circuit'])
  const booking = begunBy(state, circuit, note) ?? state.booking
  const openForMs = Number(note.payload['openForMs'] ?? 0)
  const isSame = (due: Due) => due.circuit === circuit && due.topic === topic
  const terms = termsAt(state, note.atMs)
  const before = state.circuits.moved(circuit, { topic, openForMs, terms }, note.atMs)
  state.moves.push({
    circuit,
    topic,
    atMs: note.atMs,
    openForMs,
    before,
    wasDue: booking?.due.some(isSame) ?? false,
    terms,
    ...(booking && isNow(booking, note) ? { cause: booking } : {}),
  })
  if (booking) booking.due = booking.due.filter((due) => !isSame(due))
}

const isNow = ({ call }: Booking, note: Placed) =>
  call.booked === undefined || call.booked.at > note.at || call.booked.atMs === note.atMs

/** A streamed probe that is out has succeeded with its first content. */
function begunBy(
  { stories, circuits }: State,
  circuit: string,
  { at, payload }: Placed<NoteOf<'event'>>,
): Booking | undefined {
  const begun = payload['begun'] as { readonly model: string; readonly key: string } | undefined
  if (begun === undefined) return undefined
  const call = stories.calls.find(
    ({ note, booked }) =>
      note.at < at &&
      (booked === undefined || booked.at > at) &&
      [note.provider, `${note.provider}/${note.model}`].includes(circuit) &&
      note.model === begun.model &&
      note.key === begun.key &&
      stories.requests.get(note.request)?.scene.stream === true &&
      circuits.isOfNow(note, circuit),
  )
  return call && { call, results: { [circuit]: 'success' }, stale: [], due: [] }
}

function claimDue(state: State, atMs: number): void {
  for (const due of state.booking?.due ?? []) state.missed.push({ ...due, atMs })
  state.booking = undefined
}

/** Ends that no fault and no limit explains. */
function onEnd(state: State, story: RequestStory, nowMs: number): void {
  const { calls: prior, scene } = story
  const config = configAt(state.scene, scene.atMs)
  const last = prior.at(-1)
  if (eventsOf(story, 'api.request.end')[0]?.payload['outcome'] !== 'FAILURE') return
  if (noteOf(story, 'left') || nowMs >= scene.atMs + scene.totalMs - 1) return
  const chosenAtMs = last?.booked?.atMs ?? noteOf(story, 'intended')?.atMs
  if (chosenAtMs !== nowMs || prior.length >= config.attempts.max) return
  const kind = last && kindOf(last)
  // Of calls that ran beside one another any may have been refused for good.
  const isFinal = (call: CallStory) =>
    kindOf(call)?.retry === 'never' &&
    call.booked?.code !== 'hedge_lost' &&
    !(call.note.truth.goesOn && call.booked?.class === 'invalid_request')
  if (prior.some(isFinal)) return
  if (kind?.class === 'unknown' && config.unknownFaults === 'fatal') return
  // A begun answer is finished only where the route allows it.
  const begun = noteOf(story, 'first_text')
  if (begun && begun.atMs <= nowMs && scene.recovery.length === 0) return
  const callable = passedOver(state, { story, prior, nowMs }, scene.wanted.length)
  if (callable.length > 0) state.gaveUp.push({ story, atMs: nowMs, callable })
}
