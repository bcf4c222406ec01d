/** The paths that pass the HTTP framework by: what each serves, and what it asks of its caller. */

import type { InboundAdapter } from '../protocol/adapter.ts'
import type { RouteScope } from './access/decide.ts'
import type { ServerParts } from './server-parts.ts'

export type DirectPath =
  | { readonly kind: 'chat'; readonly dialect: keyof ServerParts['inbound']; readonly scope: RouteScope }
  | { readonly kind: 'embeddings'; readonly scope: RouteScope }

/** The framework knows nothing of these; all of them take POST. */
export const directPaths: ReadonlyMap<string, DirectPath> = new Map<string, DirectPath>([
  ['/v1/chat/completions', { kind: 'chat', dialect: 'openai', scope: ['inference'] }],
  ['/v1/messages', { kind: 'chat', dialect: 'anthropic', scope: ['inference'] }],
  ['/v1/responses', { kind: 'chat', dialect: 'responses', scope: ['inference'] }],
  ['/v1/embeddings', { kind: 'embeddings', scope: ['inference'] }],
])

/** Query left aside. */
export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** Undefined where the framework serves. */
export const directPathAt = (url: string): DirectPath | undefined => directPaths.get(pathOf(url))

/** The dialect errors are told in: that of the path, else OpenAI's. */
export function errorDialect(inbound: ServerParts['inbound'], url: string): InboundAdapter {
  return url.startsWith('/v1/messages') ? inbound.anthropic : inbound.openai
}
