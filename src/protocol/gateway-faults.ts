/** What keeps the gateway itself from an answer. */

import { type FaultKind, kind } from './fault-kind.ts'

export const gatewayFaults = {
  all_targets_resting: kind('gateway', 'request', 'never', {
    status: 429,
    means: 'Every key of every target is resting after rate limits.',
    remedy: 'Wait as long as `Retry-After` says, or add keys or targets.',
  }),
  all_targets_unavailable: kind('gateway', 'request', 'never', {
    status: 503,
    means: 'No target may be called: circuits are open or keys are disabled.',
    remedy: 'Wait as long as `Retry-After` says; see `because` in the ledger entry.',
  }),
  deadline_exceeded: kind('gateway', 'request', 'never', {
    status: 504,
    means: 'The total time of the request is over.',
    remedy: 'Raise `timeouts.total_ms` or `adaptive.deadline_ms`.',
  }),
  ledger_unavailable: kind('gateway', 'request', 'never', {
    status: 503,
    means: 'The ledger cannot be written and `ledger.mode` is `required`.',
    remedy: 'Free the disk or repair the data directory.',
  }),
  runs_unavailable: kind('gateway', 'request', 'never', {
    status: 503,
    means: 'The store of traces neither takes nor gives runs now.',
    remedy: 'Come again; if it lasts, the log says why the store is not open.',
  }),
  access_unavailable: kind('gateway', 'request', 'never', {
    status: 503,
    means:
      'The store of keys does not answer, so a key that was not seen before can be neither let in nor refused.',
    remedy: 'Free the disk or repair `control.db` in the data directory.',
  }),
  gateway_overloaded: kind('gateway', 'request', 'never', {
    status: 503,
    means:
      'The gateway itself has more to do than it can, and refuses early what it could not answer in time.',
    remedy: 'Wait as long as `Retry-After` says; add processes if it lasts.',
  }),
  shutting_down: kind('gateway', 'request', 'never', {
    status: 503,
    means: 'The gateway is ending and takes no new requests.',
    remedy: 'Try again; another process or the next one answers.',
  }),
  internal: kind('gateway', 'request', 'never', {
    status: 500,
    means: 'A defect of the gateway.',
    remedy: 'Report it with the request id.',
  }),
} as const satisfies Record<string, FaultKind>
