/** How circuits must stand, told anew from calls and their ends: the engine's own books are never asked. */

import type { FaultClass, FaultScope } from '../../../src/protocol/fault.ts'
import type { Target } from '../../../src/protocol/plan.ts'

interface Circuit {
  state: 'closed' | 'open' | 'probing'
  epoch: number
  failures: number
  untilMs: number
}

type Result = 'success' | 'failure' | 'neutral'

export interface Refusal {
  readonly circuit: string
  readonly because: 'open' | 'probing'
  readonly untilMs: number
}

export interface Move {
  readonly circuit: string
  readonly topic: 'circuit.tripped' | 'circuit.reset'
}

export interface CircuitOracle {
  /** The circuits that forbid a call now. */
  refusals(target: Target, nowMs: number): readonly Refusal[]
  called(call: number, target: Target, nowMs: number): void
  /** The moves that must be told now. */
  ended(call: number, target: Target, end: CallEnding, nowMs: number): readonly Move[]
  /** The call was let out by an earlier state of the circuit. */
  isStale(call: number, circuit: string): boolean
  /** Takes over what the engine did, so that one difference is told once. */
  adopt(move: Move, nowMs: number): void
  open(): readonly string[]
}

export interface CallEnding {
  readonly class?: FaultClass
  readonly scope?: FaultScope
}

/** What an end says about model and provider; a provider is only blamed for what is its own. */
export function resultsOf({ class: faultClass, scope }: CallEnding): Record<'model' | 'provider', Result> {
  if (faultClass === undefined) return { model: 'success', provider: 'success' }
  const blamed = ['overloaded', 'server', 'timeout', 'connection', 'protocol', 'unknown'].includes(faultClass)
  if (!blamed) return { model: 'neutral', provider: 'neutral' }
  return scope === 'provider'
    ? { model: 'neutral', provider: 'failure' }
    : { model: 'failure', provider: 'neutral' }
}

export function createCircuitOracle(options: { tripAfter: number; openForMs: number }): CircuitOracle {
  const circuits = new Map<string, Circuit>()
  const leases = new Map<string, number>()
  const circuit = (name: string): Circuit => {
    const known = circuits.get(name)
    if (known) return known
    const fresh: Circuit = { state: 'closed', epoch: 0, failures: 0, untilMs: 0 }
    circuits.set(name, fresh)
    return fresh
  }
  const namesOf = ({ provider, model }: Target) => [provider, `${provider}/${model}`]
  const move = (one: Circuit, state: Circuit['state'], untilMs: number) =>
    Object.assign(one, { state, untilMs, failures: 0, epoch: one.epoch + 1 })
  const isStale = (call: number, name: string) => leases.get(`${call} ${name}`) !== circuit(name).epoch

  const book = (call: number, name: string, result: Result, nowMs: number): Move[] => {
    const one = circuit(name)
    if (isStale(call, name) || one.state === 'open') return []
    const openUntilMs = nowMs + options.openForMs
    if (one.state === 'probing') {
      move(one, result === 'success' ? 'closed' : 'open', result === 'neutral' ? nowMs : openUntilMs)
      return result === 'neutral' ? [] : [told(name, result === 'success' ? 'reset' : 'tripped')]
    }
    if (result === 'success') one.failures = 0
    if (result === 'failure') one.failures += 1
    if (one.failures < options.tripAfter) return []
    move(one, 'open', openUntilMs)
    return [told(name, 'tripped')]
  }
  /** Two models that stand open open their provider. */
  const tripProvider = (provider: string, nowMs: number): Move[] => {
    const one = circuit(provider)
    const open = [...circuits].filter(
      ([name, { state }]) => name.startsWith(`${provider}/`) && state === 'open',
    )
    if (open.length < 2 || (one.state === 'open' && one.untilMs > nowMs)) return []
    move(one, 'open', nowMs + options.openForMs)
    return [told(provider, 'tripped')]
  }

  return {
    isStale,
    refusals: (target, nowMs) =>
      namesOf(target).flatMap((name) => {
        const { state, untilMs } = circuit(name)
        return state === 'closed' || nowMs >= untilMs ? [] : [{ circuit: name, because: state, untilMs }]
      }),
    called(call, target, nowMs) {
      for (const name of namesOf(target)) {
        const one = circuit(name)
        if (one.state !== 'closed') move(one, 'probing', nowMs + options.openForMs)
        leases.set(`${call} ${name}`, one.epoch)
      }
    },
    ended(call, target, end, nowMs) {
      const results = resultsOf(end)
      const [provider = '', model = ''] = namesOf(target)
      return [
        ...book(call, model, results.model, nowMs),
        ...book(call, provider, results.provider, nowMs),
        ...(results.model === 'failure' ? tripProvider(provider, nowMs) : []),
      ]
    },
    adopt({ circuit: name, topic }, nowMs) {
      const isReset = topic === 'circuit.reset'
      move(circuit(name), isReset ? 'closed' : 'open', isReset ? 0 : nowMs + options.openForMs)
    },
    open: () => [...circuits].flatMap(([name, { state }]) => (state === 'closed' ? [] : [name])),
  }
}

const told = (circuit: string, what: 'tripped' | 'reset'): Move => ({ circuit, topic: `circuit.${what}` })
