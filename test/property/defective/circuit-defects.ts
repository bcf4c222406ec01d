/** Circuits that open for the wrong reason, do not open, or never close again. */

import type { CallResult } from '../../../src/gateway/policy/breaker.ts'
import type { CircuitResults, LeaseEnd } from '../../../src/gateway/policy/circuit-results.ts'
import { defaultPolicies, type Policies } from '../../../src/gateway/policy/policies.ts'
import type { FaultClass } from '../../../src/protocol/fault-kind.ts'
import type { Defect } from './defect.ts'

const right = defaultPolicies

type Book = Policies['book']

/** Books with a result of its own making. */
const booking =
  (judge: (breaker: Parameters<Book>[0], reply: Parameters<Book>[2]) => Parameters<Book>[2]): Book =>
  (breaker, options, reply, nowMs) =>
    right.book(breaker, options, judge(breaker, reply), nowMs)

const blaming =
  (classes: readonly FaultClass[], result: CallResult) =>
  (end: LeaseEnd): CircuitResults =>
    end.kind === 'fault' && classes.includes(end.fault.class)
      ? { model: result, provider: result }
      : right.circuitResults(end)

const yes = { admitted: true, epoch: 0 } as const

export const circuitDefects: readonly Defect[] = [
  {
    name: 'after the wait a circuit closes at once, and a burst goes through',
    caughtBy: 'I12',
    within: 50,
    replaced: () => ({
      policies: {
        admit(breaker, options, nowMs, ...rest) {
          if (breaker.kind !== 'open' || nowMs < breaker.untilMs)
            return right.admit(breaker, options, nowMs, ...rest)
          const epoch = breaker.epoch + 1
          return [
            { kind: 'closed', epoch, failuresInARow: 0 },
            { admitted: true, epoch },
          ]
        },
      },
    }),
  },
  {
    name: 'a late reply settles the probe of a later state',
    caughtBy: 'I14',
    from: 40,
    within: 200,
    replaced: () => ({ policies: { book: booking(({ epoch }, reply) => ({ ...reply, epoch })) } }),
  },
  {
    name: 'a probe that proved nothing never gives its place back',
    caughtBy: 'I13',
    within: 200,
    replaced: () => ({
      policies: {
        book(breaker, options, reply, nowMs) {
          const isLost =
            breaker.kind === 'probing' && reply.epoch === breaker.epoch && reply.result === 'neutral'
          if (isLost) return { ...breaker, untilMs: Number.POSITIVE_INFINITY }
          return right.book(breaker, options, reply, nowMs)
        },
      },
    }),
  },
  {
    name: 'success is not booked, so that no circuit closes again',
    caughtBy: 'I13',
    within: 50,
    replaced: () => ({
      policies: {
        book: booking((_, reply) => (reply.result === 'success' ? { ...reply, result: 'neutral' } : reply)),
      },
    }),
  },
  {
    name: 'limits and dead keys open the circuit of their provider',
    caughtBy: 'I15',
    within: 50,
    replaced: () => ({
      policies: { circuitResults: blaming(['rate_limit', 'quota', 'auth'], 'failure') },
    }),
  },
  {
    name: 'a caller who leaves is counted against the provider',
    caughtBy: 'I15',
    within: 60,
    replaced: () => ({
      policies: {
        circuitResults: (end) =>
          end.kind === 'neutral' ? { model: 'failure', provider: 'neutral' } : right.circuitResults(end),
      },
    }),
  },
  {
    name: 'lost connections and time limits are not counted',
    caughtBy: 'I11',
    within: 50,
    replaced: () => ({
      policies: { circuitResults: blaming(['connection', 'timeout'], 'neutral') },
    }),
  },
  {
    name: 'an open circuit lets every call out',
    caughtBy: 'I11',
    within: 50,
    replaced: () => ({
      policies: {
        wouldAdmit: () => yes,
        admit: (breaker) => [breaker, { admitted: true, epoch: breaker.epoch }],
      },
    }),
  },
  {
    name: 'one failure opens a circuit, whatever is configured',
    caughtBy: 'I16',
    within: 50,
    replaced: () => ({
      policies: {
        book: (breaker, options, ...rest) => right.book(breaker, { ...options, tripAfter: 1 }, ...rest),
      },
    }),
  },
]
