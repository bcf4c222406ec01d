/** What the end of a call says about the circuits of its model and its provider. */

import type { Fault } from '../../protocol/fault.ts'
import type { CallResult } from './breaker.ts'

/** How a call ended: well, with a fault, or without saying anything about its target. */
export type LeaseEnd =
  | { readonly kind: 'success' }
  | { readonly kind: 'neutral' }
  | { readonly kind: 'fault'; readonly fault: Fault }

export interface CircuitResults {
  readonly model: CallResult
  readonly provider: CallResult
}

/** Only the provider's own failures count: never a key's limits, the caller's faults or a cancel. */
export function circuitResults(end: LeaseEnd): CircuitResults {
  if (end.kind === 'success') return { model: 'success', provider: 'success' }
  if (end.kind === 'neutral') return { model: 'neutral', provider: 'neutral' }
  const { class: faultClass, scope } = end.fault
  const counts = ['overloaded', 'server', 'timeout', 'connection', 'protocol', 'unknown'].includes(faultClass)
  if (!counts) return { model: 'neutral', provider: 'neutral' }
  return scope === 'provider'
    ? { model: 'neutral', provider: 'failure' }
    : { model: 'failure', provider: 'neutral' }
}
