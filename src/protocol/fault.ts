/** Everything that can go wrong with a request, as one closed list; `docs/faults.md` is generated from it. */

import { safeName, safeText } from '../base/safe-text.ts'

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

const kind = (
  faultClass: FaultClass,
  scope: FaultScope,
  retry: FaultRetry,
  rest: Pick<FaultKind, 'status' | 'means' | 'remedy'>,
): FaultKind => ({ class: faultClass, scope, retry, ...rest })

export const faultKinds = {
  upstream_auth: kind('auth', 'key', 'other-key', {
    status: 502,
    means: 'The provider refused the key: invalid, revoked, or without permission.',
    remedy: 'Replace the key named by its fingerprint; the gateway no longer uses it.',
  }),
  upstream_quota: kind('quota', 'key', 'other-key', {
    status: 429,
    means: "The key's account has no credit or reached its spend limit.",
    remedy: 'Raise the limit at the provider or add a key.',
  }),
  upstream_rate_limited: kind('rate_limit', 'key', 'other-key', {
    status: 429,
    means: 'The provider limits requests or tokens of this key for this model.',
    remedy: 'Wait as long as `Retry-After` says, or add keys or targets.',
  }),
  upstream_overloaded: kind('overloaded', 'model', 'same-key', {
    status: 503,
    means: 'The provider is overloaded (503, 529).',
    remedy: 'Nothing to do for one; add a target on another provider if it lasts.',
  }),
  upstream_error: kind('server', 'model', 'same-key', {
    status: 502,
    means: 'The provider answered with a server error (5xx).',
    remedy: 'Nothing to do for one; see the provider’s status page if it lasts.',
  }),
  upstream_connect_timeout: kind('timeout', 'provider', 'other-provider', {
    status: 504,
    means: 'No connection to the provider within `timeouts.connect_ms`.',
    remedy: 'Check the network and `base_url`.',
  }),
  upstream_first_token_timeout: kind('timeout', 'model', 'other-model', {
    status: 504,
    means: 'The provider accepted the request and sent no content within `timeouts.first_token_ms`.',
    remedy: 'Raise the limit for slow models, or order a faster target first.',
  }),
  upstream_idle_timeout: kind('timeout', 'model', 'other-model', {
    status: 504,
    means: 'A stream stopped sending content for `timeouts.idle_ms`.',
    remedy: 'Raise the limit for slow models.',
  }),
  upstream_response_timeout: kind('timeout', 'model', 'other-model', {
    status: 504,
    means: 'An answer that is not streamed was not whole within `timeouts.response_ms`.',
    remedy: 'Stream long answers, or raise the limit.',
  }),
  upstream_unreachable: kind('connection', 'provider', 'same-key', {
    status: 502,
    means: 'The connection failed: DNS, TLS, refused or reset.',
    remedy: 'Check `base_url`, certificates and the network.',
  }),
  egress_refused: kind('connection', 'provider', 'other-provider', {
    status: 502,
    means:
      'The provider’s host leads into a private network, or to an address that no provider is called at.',
    remedy: 'Write `local: true` at the provider where it is meant to be there.',
  }),
  upstream_cut: kind('protocol', 'model', 'other-model', {
    status: 502,
    means: 'The answer ended before its end marker.',
    remedy: 'Nothing to do; the gateway asks another target or ends the stream with an error.',
  }),
  upstream_malformed: kind('protocol', 'model', 'other-model', {
    status: 502,
    means: 'The answer is not in the provider’s format (HTML, broken JSON, wrong content type, too large).',
    remedy: 'Check that `base_url` and `dialect` name an API and not a web page.',
  }),
  upstream_empty: kind('protocol', 'model', 'other-model', {
    status: 502,
    means: 'A successful status with nothing in it.',
    remedy: 'Nothing to do for one; check the model if it lasts.',
  }),
  upstream_departed: kind('gateway', 'request', 'other-model', {
    status: 502,
    means:
      'Asked to finish a broken stream, the target had nothing to add or gave another answer than the one begun.',
    remedy: 'Nothing to do; another way or target is tried. Deterministic settings make it rarer.',
  }),
  upstream_redirect: kind('protocol', 'provider', 'other-provider', {
    status: 502,
    means:
      'The provider answered with a redirect, which is never followed because it would carry the key elsewhere.',
    remedy: 'Put the final address into `base_url`.',
  }),
  model_not_found: kind('model', 'model', 'other-model', {
    status: 404,
    means: 'The model does not exist, is retired, or this key may not use it.',
    remedy: 'See `GET /v1/models` for what is configured.',
  }),
  context_length_exceeded: kind('context_length', 'request', 'other-model', {
    status: 400,
    means: 'The request has more tokens than the model can read.',
    remedy: 'Shorten the messages or add a target with a larger context.',
  }),
  content_policy: kind('content_policy', 'request', 'never', {
    status: 400,
    means: 'The provider refused the request by its policy.',
    remedy: 'See the provider’s reason in the message.',
  }),
  invalid_request: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'The request is not valid.',
    remedy: 'See `message` and `param`.',
  }),
  upstream_request_too_large: kind('invalid_request', 'caller', 'never', {
    status: 413,
    means: 'The provider says that the request body is too large.',
    remedy: 'Send less, for example smaller images.',
  }),
  not_expressible: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'With `strict`, no target can express a field of the request.',
    remedy: 'Leave the field named in the message out, or choose another target.',
  }),
  cost_cap_exceeded: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'Every target is estimated to cost more than `adaptive.max_estimated_cost_usd`.',
    remedy: 'Raise the cap, shorten the request, or set a smaller output limit.',
  }),
  hedge_lost: kind('cancelled', 'request', 'never', {
    status: 499,
    means: 'Two targets were called beside each other, and the other one answered first.',
    remedy: 'Nothing to do.',
  }),
  cancelled: kind('cancelled', 'caller', 'never', {
    status: 499,
    means: 'The caller closed the connection.',
    remedy: 'Nothing to do.',
  }),
  upstream_unknown: kind('unknown', 'model', 'same-key', {
    status: 502,
    means: 'The provider’s answer fits no known fault.',
    remedy: 'See the entry in the ledger; report it if it repeats.',
  }),
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
  rate_limited: kind('rate_limit', 'caller', 'never', {
    status: 429,
    means: 'The key, its tenant or the address sent more than it may: requests, tokens, or requests at once.',
    remedy: 'Wait as long as `Retry-After` says, or raise the limit.',
  }),
  budget_exceeded: kind('quota', 'caller', 'never', {
    status: 429,
    means: 'The budget of the key or of its tenant is spent for this day or month.',
    remedy: 'Raise the budget, or wait for the next period as long as `Retry-After` says.',
  }),
  price_unknown: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'The key has a budget, and nobody knows what the model costs.',
    remedy: 'Declare `input_price` and `output_price` of the model, or allow the key models without a price.',
  }),
  gateway_overloaded: kind('gateway', 'request', 'never', {
    status: 503,
    means:
      'The gateway itself has more to do than it can, and refuses early what it could not answer in time.',
    remedy: 'Wait as long as `Retry-After` says; add processes if it lasts.',
  }),
  idempotency_running: kind('invalid_request', 'caller', 'never', {
    status: 409,
    means: 'A request with the same `Idempotency-Key` is still running.',
    remedy: 'Wait for its answer, and send it again to get the same one.',
  }),
  idempotency_mismatch: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'The `Idempotency-Key` was used for another request within the last 24 hours.',
    remedy: 'Use a new key for each request.',
  }),
  body_not_json: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'The body is not a JSON object.',
    remedy: 'Send `content-type: application/json` and a JSON object.',
  }),
  body_too_large: kind('invalid_request', 'caller', 'never', {
    status: 413,
    means: 'The body is larger than `server.body_limit_bytes`.',
    remedy: 'Send less or raise the limit.',
  }),
  body_too_deep: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'The JSON is nested deeper than 100 levels.',
    remedy: 'Flatten the request.',
  }),
  unsupported_media_type: kind('invalid_request', 'caller', 'never', {
    status: 415,
    means: 'The content type is not `application/json`.',
    remedy: 'Send `content-type: application/json`.',
  }),
  unknown_model: kind('invalid_request', 'caller', 'never', {
    status: 404,
    means: 'No route, provider/model or catalogue id has this name.',
    remedy: 'See `GET /v1/models`.',
  }),
  unknown_request: kind('invalid_request', 'caller', 'never', {
    status: 404,
    means: 'The ledger has no entry of this id.',
    remedy: 'See `GET /v1/ledger`, and `retention` for how long entries are kept.',
  }),
  unknown_trace: kind('invalid_request', 'caller', 'never', {
    status: 404,
    means: 'There is no trace or run of this id.',
    remedy: 'See `GET /v1/traces` for those that are kept, and `traces.keep_days` for how long.',
  }),
  unknown_path: kind('invalid_request', 'caller', 'never', {
    status: 404,
    means: 'No such endpoint.',
    remedy: 'See `GET /openapi.json`.',
  }),
  method_not_allowed: kind('invalid_request', 'caller', 'never', {
    status: 405,
    means: 'The endpoint exists and takes another method.',
    remedy: 'Use the method in the `Allow` header.',
  }),
  not_implemented: kind('invalid_request', 'caller', 'never', {
    status: 501,
    means: 'An endpoint of the API that this gateway does not serve.',
    remedy: 'Call the provider directly for it.',
  }),
  forbidden_origin: kind('invalid_request', 'caller', 'never', {
    status: 403,
    means: 'The Host or Origin header names another site: a page in a browser may not call a local gateway.',
    remedy: 'Call the gateway by its own address.',
  }),
  unauthorized: kind('invalid_request', 'caller', 'never', {
    status: 401,
    means: 'The gateway’s own key is missing or wrong.',
    remedy: 'Send `Authorization: Bearer KEY`.',
  }),
  key_not_allowed: kind('invalid_request', 'caller', 'never', {
    status: 403,
    means: 'The key is right and may not do this: its scopes, routes, models or tenant do not reach so far.',
    remedy: 'See `GET /v1/key` for what the key may do, or use another key.',
  }),
  too_many_wrong_keys: kind('rate_limit', 'caller', 'never', {
    status: 429,
    means: 'Too many wrong keys came from this address.',
    remedy: 'Wait as long as `Retry-After` says, and correct the key.',
  }),
  access_unavailable: kind('gateway', 'request', 'never', {
    status: 503,
    means:
      'The store of keys does not answer, so a key that was not seen before can be neither let in nor refused.',
    remedy: 'Free the disk or repair `control.db` in the data directory.',
  }),
  unknown_object: kind('invalid_request', 'caller', 'never', {
    status: 404,
    means: 'There is nothing of this id that the key may see.',
    remedy: 'See the list of the same endpoint.',
  }),
  conflict: kind('invalid_request', 'caller', 'never', {
    status: 409,
    means: 'The thing is in a state in which this cannot be done.',
    remedy: 'See the message.',
  }),
  loop_detected: kind('invalid_request', 'caller', 'never', {
    status: 508,
    means: 'The request has already passed through this gateway.',
    remedy: 'Check `base_url` of the providers: one of them points back here.',
  }),
} as const satisfies Record<string, FaultKind>

export type FaultCode = keyof typeof faultKinds

export interface Fault {
  readonly code: FaultCode
  readonly class: FaultClass
  readonly scope: FaultScope
  readonly retry: FaultRetry
  readonly status: number
  /** For people; never holds a secret. */
  readonly message: string
  /** The wait the provider named, in ms, clamped to a day. */
  readonly retryAfterMs?: number
  /** The request field the fault is about. */
  readonly param?: string
  /** What the provider said: status, type, code. */
  readonly cause?: {
    readonly status?: number
    readonly type?: string
    readonly code?: string
    readonly detail?: string
  }
}

export type FaultDetail = Partial<
  Pick<Fault, 'retryAfterMs' | 'param' | 'cause' | 'status' | 'scope' | 'retry'>
>

/**
 * A fault of the list with its own message; `detail` may narrow scope, retry and status. Every text in it passes
 * here and is made safe: answers, events, logs and the ledger show faults as they are.
 */
export function makeFault(code: FaultCode, message: string, detail: FaultDetail = {}): Fault {
  const { class: faultClass, scope, retry, status } = faultKinds[code]
  const { param, cause } = detail
  return {
    code,
    class: faultClass,
    scope,
    retry,
    status,
    message: safeText(message),
    ...detail,
    ...(param === undefined ? {} : { param: safeName(param) }),
    ...(cause === undefined ? {} : { cause: safeCause(cause) }),
  }
}

/** Only the four things that are known, and names only where they look like names. */
function safeCause({ status, type, code, detail }: NonNullable<Fault['cause']>): NonNullable<Fault['cause']> {
  return {
    ...(status === undefined ? {} : { status }),
    ...withText('type', type && safeName(type)),
    ...withText('code', code && safeName(code)),
    ...withText('detail', detail && safeText(detail)),
  }
}

const withText = (name: 'type' | 'code' | 'detail', text: string | undefined) =>
  text ? { [name]: text } : {}
