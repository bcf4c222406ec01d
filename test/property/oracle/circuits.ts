/** How circuits stand, as their own events tell it, and what calls and their ends ask of them: the engine's books are never read. */

import type { FaultClass, FaultScope } from '../../../src/protocol/fault-kind.ts'
import type { Target } from '../../../src/protocol/plan.ts'
import type { CallStory } from './stories.ts'
import type { Terms } from './terms.ts'

export type Result = 'success' | 'failure' | 'neutral'
export type MoveTopic = 'circuit.tripped' | 'circuit.reset'

export interface Refusal {
  readonly circuit: string
  readonly because: 'open' | 'probed'
  readonly untilMs: number
}

/** A move that a call's end makes due. */
export interface Due {
  readonly circuit: string
  readonly topic: MoveTopic
}

export interface Move {
  readonly topic: MoveTopic
  readonly openForMs: number
  readonly terms: Terms
}

export interface Booking {
  readonly call: CallStory
  /** What the end says of model and provider. */
  readonly results: Readonly<Record<string, Result>>
  /** Circuits that have moved since the call was let out. */
  readonly stale: readonly string[]
  due: readonly Due[]
}

/** How a circuit stood just before a move. */
export interface Before {
  readonly kind: Circuit['kind']
  /** Failures since the last success or move, of calls let out by the present state. */
  readonly failures: number
  /** Failures in the window, whoever let them out. */
  readonly failedLately: number
  /** Length of the last opening, where it was not reset since. */
  readonly openedForMs?: number
  /** What a first opening was to last when that began. */
  readonly openedUnderMs?: number
  /** When it was last reset, and how long it had been open before. */
  readonly resetAtMs?: number
  readonly lastForMs?: number
  /** Models of the provider that stand open or wait for a probe. */
  readonly openModels: number
}

interface Circuit {
  kind: 'closed' | 'open'
  untilMs: number
  /** Grows with each move and with each new round of probes. */
  generation: number
  failures: number
  readonly failedAtMs: number[]
  opened?: { readonly forMs: number; readonly underMs: number }
  resetAtMs?: number
  lastForMs?: number
  /** Calls let out after the wait, each with the end of its lease. */
  readonly probes: { readonly call: CallStory; readonly untilMs: number; readonly most: number }[]
}

export class ObservedCircuits {
  readonly #circuits = new Map<string, Circuit>()
  readonly #letOut = new Map<string, number>()
  readonly #booked = new Set<CallStory>()

  /** The circuits that forbid a call now. */
  refusals(target: Target, terms: Terms, nowMs: number): readonly Refusal[] {
    return namesOf(target).flatMap((name): Refusal[] => {
      const { kind, untilMs, probes } = this.#circuit(name)
      if (kind === 'closed') return []
      if (nowMs < untilMs) return [{ circuit: name, because: 'open', untilMs }]
      const out = probes.filter((one) => !this.#booked.has(one.call) && nowMs < one.untilMs)
      const first = out[0]
      // What was configured when the first probe of the round was let out holds for the round.
      const most = Math.max(terms.probes, probes[0]?.most ?? 0)
      if (first === undefined || out.length < most) return []
      return [{ circuit: name, because: 'probed', untilMs: first.untilMs }]
    })
  }

  /** Whether a circuit that is asked for probes may refuse: leases can be longer than is configured, and rounds are counted inside. */
  mayRefuse(target: Target, terms: Terms, nowMs: number): boolean {
    return namesOf(target).some((name) => {
      const { kind, untilMs, probes } = this.#circuit(name)
      if (kind === 'closed' || nowMs < untilMs) return kind !== 'closed'
      return probes.some(({ call, most }) => Math.max(most, terms.probes) > 1 || !this.#booked.has(call))
    })
  }

  called(call: CallStory, terms: Terms, leaseMs: number): void {
    const { note } = call
    for (const name of namesOf(note)) {
      const circuit = this.#circuit(name)
      if (circuit.kind === 'open') {
        const isOut = circuit.probes.some((one) => note.atMs < one.untilMs)
        if (!isOut) circuit.generation += 1
        circuit.probes.push({ call, untilMs: note.atMs + leaseMs, most: terms.probes })
      }
      this.#letOut.set(`${note.call} ${name}`, circuit.generation)
    }
  }

  /** What the end of a call asks of its circuits. */
  booked(
    call: CallStory,
    end: CallEnding,
    about: { readonly terms: Terms; readonly nowMs: number },
  ): Booking {
    const { terms, nowMs } = about
    this.#booked.add(call)
    const [provider = '', model = ''] = namesOf(call.note)
    const said = resultsOf(end)
    const results = { [model]: said.model, [provider]: said.provider }
    for (const [name, result] of Object.entries(results))
      if (result === 'failure') this.#circuit(name).failedAtMs.push(nowMs)
    const stale = [model, provider].filter(
      (name) => this.#letOut.get(`${call.note.call} ${name}`) !== this.#circuit(name).generation,
    )
    const due = [model, provider].flatMap((name): readonly Due[] =>
      stale.includes(name) ? [] : this.#ask(name, call, { result: results[name] ?? 'neutral', terms }),
    )
    const opensModel = due.some(({ circuit, topic }) => circuit === model && topic === 'circuit.tripped')
    const open = this.#openModels(provider, nowMs) + (opensModel ? 1 : 0)
    const isOpen = this.#circuit(provider).kind === 'open' && this.#circuit(provider).untilMs > nowMs
    const opensProvider = opensModel && open >= terms.providerTripsAt && !isOpen
    const already = due.some(({ circuit, topic }) => circuit === provider && topic === 'circuit.tripped')
    return {
      call,
      results,
      stale,
      due: opensProvider && !already ? [...due, { circuit: provider, topic: 'circuit.tripped' }] : due,
    }
  }

  /** The circuit has not moved since it let the call out. */
  isOfNow({ call }: CallStory['note'], circuit: string): boolean {
    return this.#letOut.get(`${call} ${circuit}`) === this.#circuit(circuit).generation
  }

  /** Returns how the circuit stood before. */
  moved(name: string, move: Move, nowMs: number): Before {
    const circuit = this.#circuit(name)
    const before: Before = {
      kind: circuit.kind,
      failures: circuit.failures,
      failedLately: circuit.failedAtMs.filter((atMs) => atMs > nowMs - move.terms.windowMs).length,
      openModels: [...this.#circuits].filter(
        ([other, { kind }]) => other.startsWith(`${name}/`) && kind === 'open',
      ).length,
      ...(circuit.opened ? { openedForMs: circuit.opened.forMs, openedUnderMs: circuit.opened.underMs } : {}),
      ...(circuit.resetAtMs === undefined ? {} : { resetAtMs: circuit.resetAtMs }),
      ...(circuit.lastForMs === undefined ? {} : { lastForMs: circuit.lastForMs }),
    }
    circuit.generation += 1
    circuit.failures = 0
    circuit.probes.length = 0
    if (move.topic === 'circuit.reset')
      Object.assign(circuit, { kind: 'closed', untilMs: 0, opened: undefined, resetAtMs: nowMs })
    else
      Object.assign(circuit, {
        kind: 'open',
        untilMs: nowMs + move.openForMs,
        lastForMs: move.openForMs,
        opened: { forMs: move.openForMs, underMs: move.terms.openForMs.first },
      })
    return before
  }

  /** Names of the circuits that are not closed. */
  open(): readonly string[] {
    return [...this.#circuits].flatMap(([name, { kind }]) => (kind === 'closed' ? [] : [name]))
  }

  #circuit(name: string): Circuit {
    const known = this.#circuits.get(name)
    if (known) return known
    const fresh: Circuit = {
      kind: 'closed',
      untilMs: 0,
      generation: 0,
      failures: 0,
      failedAtMs: [],
      probes: [],
    }
    this.#circuits.set(name, fresh)
    return fresh
  }

  #openModels(provider: string, nowMs: number): number {
    return [...this.#circuits].filter(
      ([name, { kind, untilMs }]) => name.startsWith(`${provider}/`) && kind === 'open' && untilMs > nowMs,
    ).length
  }

  #ask(
    name: string,
    { note }: CallStory,
    { result, terms }: { readonly result: Result; readonly terms: Terms },
  ): readonly Due[] {
    const circuit = this.#circuit(name)
    if (result === 'neutral') return []
    if (result === 'success') circuit.failures = 0
    else circuit.failures += 1
    const due = (topic: MoveTopic): readonly Due[] => [{ circuit: name, topic }]
    if (circuit.kind === 'closed') return circuit.failures >= terms.tripAfter ? due('circuit.tripped') : []
    // A streamed probe has succeeded with its first content, whatever becomes of the stream.
    if (result === 'failure') return note.truth.mayBegin ? [] : due('circuit.tripped')
    // Several probes may all have to succeed.
    return Math.max(terms.probes, circuit.probes[0]?.most ?? 0) === 1 ? due('circuit.reset') : []
  }
}

export interface CallEnding {
  readonly class?: FaultClass
  readonly scope?: FaultScope
}

/** What an end says about model and provider; a provider is only blamed for what is its own. */
function resultsOf({ class: faultClass, scope }: CallEnding): Record<'model' | 'provider', Result> {
  if (faultClass === undefined) return { model: 'success', provider: 'success' }
  const blamed = ['overloaded', 'server', 'timeout', 'connection', 'protocol', 'unknown'].includes(faultClass)
  if (!blamed) return { model: 'neutral', provider: 'neutral' }
  return scope === 'provider'
    ? { model: 'neutral', provider: 'failure' }
    : { model: 'failure', provider: 'neutral' }
}

const namesOf = ({ provider, model }: Target) => [provider, `${provider}/${model}`]
