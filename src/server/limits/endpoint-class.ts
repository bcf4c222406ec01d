/** What an endpoint is for, as far as its limit goes: from its path, its method and the scope it declares. */

import type { EndpointClass } from '../../config/config.ts'
import type { RouteScope } from '../access/decide.ts'

export interface Endpoint {
  readonly method: string
  /** As it is registered. */
  readonly path: string
  readonly scope?: RouteScope | undefined
  /** What the route says of itself goes before what is read off it. */
  readonly rate?: EndpointClass | undefined
}

export function endpointClass({ method, path, scope, rate }: Endpoint): EndpointClass {
  if (rate !== undefined) return rate
  if (path === '/health') return 'health'
  if (path.startsWith('/v1/models')) return 'models'
  if (method === 'GET' || method === 'HEAD') return 'reading'
  return Array.isArray(scope) && scope.includes('inference') ? 'ingest' : 'writing'
}
