/** What the gateway refuses a caller before any provider is asked; a provider may call a request invalid, too. */

import { type FaultKind, kind } from './fault-kind.ts'

export const refusals = {
  invalid_request: kind('invalid_request', 'caller', 'never', {
    status: 400,
    means: 'The request is not valid.',
    remedy: 'See `message` and `param`.',
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
