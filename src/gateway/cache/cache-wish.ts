/** Whether a request may be answered from the cache and its answer kept: from what the route sets and the caller asks. */

import type { CacheMode } from '../../config/config.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import type { Extension } from '../../protocol/extension.ts'

/** What the route sets. */
export interface RouteCache {
  readonly mode: CacheMode
  /** Also for requests whose answer is drawn: a temperature above 0, or none stated. */
  readonly sampled: boolean
  /** How long an answer is fresh, ms. */
  readonly ttlMs: number
}

export interface CacheWish {
  /** An answer that is there may be given, and one that is on its way be shared. */
  readonly looksUp: boolean
  /** The answer may be kept for others. */
  readonly stores: boolean
  readonly ttlMs: number
}

/** Undefined where the cache has no part in the request. The caller's own word stands above the route's. */
export function cacheWish(
  request: Pick<ChatRequest, 'temperature'>,
  { cache: asked }: Pick<Extension, 'cache'>,
  route: RouteCache,
): CacheWish | undefined {
  const mode = asked ?? route.mode
  if (mode === 'off') return undefined
  // Models draw at a temperature above 0 where none is stated; who wants the drawn answer again has to say so.
  if (asked === undefined && !route.sampled && request.temperature !== 0) return undefined
  return { looksUp: mode !== 'refresh', stores: mode !== 'read', ttlMs: route.ttlMs }
}
