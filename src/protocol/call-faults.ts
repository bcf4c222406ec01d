/** How a call to a provider can end instead of an answer. */

import { type FaultKind, kind } from './fault-kind.ts'

export const callFaults = {
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
  upstream_request_too_large: kind('invalid_request', 'caller', 'never', {
    status: 413,
    means: 'The provider says that the request body is too large.',
    remedy: 'Send less, for example smaller images.',
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
} as const satisfies Record<string, FaultKind>
