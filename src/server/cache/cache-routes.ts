/** The endpoints of the cache: what it did, and clearing it. */

import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { CacheStats } from '../../gateway/cache/cache-counts.ts'
import { allTenants } from '../../protocol/access.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { RouteParts } from '../record/record-parts.ts'

export interface CacheDesk {
  stats(): CacheStats
  /** How many answers were taken away, of one tenant or of all. */
  clear(tenant?: string): Promise<number>
}

const clearQuery = z.strictObject({ tenant: z.string().min(1).max(64).optional() })

/** Clearing one's own tenant takes `operate`; those of others, and all of them, a key that is bound to no tenant. */
export function addCacheRoutes(app: FastifyInstance, cache: CacheDesk, reject: RouteParts['reject']): void {
  app.get('/admin/cache', { config: { scope: ['read'] } }, (_request, reply) => reply.send(cache.stats()))
  app.delete('/admin/cache', { config: { scope: ['operate'] } }, async (request, reply) => {
    const query = clearQuery.safeParse(request.query)
    if (!query.success) return reject(reply, wrongQuery)
    const { tenant } = request.caller
    const wanted = query.data.tenant ?? (tenant === allTenants ? undefined : tenant)
    if (tenant !== allTenants && wanted !== tenant) return reject(reply, notYours)
    return reply.send({ cleared: await cache.clear(wanted) })
  })
}

const wrongQuery: Fault = makeFault('invalid_request', 'only ?tenant=NAME can be given')
const notYours: Fault = makeFault('key_not_allowed', 'this key may clear the answers of its own tenant only')
