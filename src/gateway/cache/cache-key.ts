/** The name of an answer: equal for two requests only if nothing that can change the answer differs. */

import { hash } from 'node:crypto'
import { isRecord } from '../../base/text.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import type { Extension } from '../../protocol/extension.ts'
import type { Target } from '../../protocol/plan.ts'

export interface KeyedRequest {
  readonly tenant: string
  readonly request: ChatRequest
  readonly extension: Extension
  /** The targets of its plan; which of them is tried first may be drawn anew for each request. */
  readonly targets: readonly Target[]
}

/**
 * `TENANT:` and 64 hex digits over the tenant, the route or model, the targets and the caller's whole body, in
 * whatever order its fields stand. Left out is only what the gateway alone reads and what does not change an answer:
 * tags, deadline, profile and the cache's own mode. Streams have names of their own.
 */
export function cacheKey(keyed: KeyedRequest): string {
  const { request, tenant } = keyed
  return `${tenant}:${hash('sha256', withRest(keyed, [request.body, request.appended ?? []]), 'hex')}`
}

/** Who asks whom, and how, in canonical form, with `[body, more]` as what is asked. */
export function withRest(
  { tenant, request, extension, targets }: KeyedRequest,
  [given, more]: readonly [body: KeyedRequest['request']['body'], more: unknown],
): string {
  const { adaptive: _adaptive, stream: _stream, ...body } = given
  const { strict, rewrite, preferred_provider: preferred, model_priority_map: order } = extension
  return canonical([
    tenant,
    request.dialect,
    request.model,
    request.stream,
    targets.map(({ provider, model }) => `${provider}/${model}`).sort(),
    [strict ?? false, rewrite ?? true, preferred ?? '', Object.entries(order ?? {})],
    body,
    more,
  ])
}

/** JSON with the fields of every object in the order of their names. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null'
  const names = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}
