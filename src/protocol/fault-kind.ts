/** What is said of every kind of fault: whom it speaks about, what may help, and what people read. */

export type FaultClass =
  | 'auth'
  | 'quota'
  | 'rate_limit'
  | 'overloaded'
  | 'server'
  | 'timeout'
  | 'connection'
  | 'protocol'
  | 'model'
  | 'context_length'
  | 'content_policy'
  | 'invalid_request'
  | 'cancelled'
  | 'unknown'
  | 'gateway'

/** What the fault speaks about: where it must be remembered. */
export type FaultScope = 'key' | 'model' | 'provider' | 'request' | 'caller'

/** The nearest change that may help. */
export type FaultRetry = 'same-key' | 'other-key' | 'other-model' | 'other-provider' | 'never'

export interface FaultKind {
  readonly class: FaultClass
  readonly scope: FaultScope
  readonly retry: FaultRetry
  /** HTTP status for the caller when nothing else is left to try. */
  readonly status: number
  readonly means: string
  readonly remedy: string
}

/** One row of the list. */
export const kind = (
  faultClass: FaultClass,
  scope: FaultScope,
  retry: FaultRetry,
  rest: Pick<FaultKind, 'status' | 'means' | 'remedy'>,
): FaultKind => ({ class: faultClass, scope, retry, ...rest })
