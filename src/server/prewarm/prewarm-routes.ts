/** Starts pre-warming and tells how far it has come. */

import type { FastifyContextConfig, FastifyInstance, FastifyReply } from 'fastify'
import type { Outcome } from '../../base/outcome.ts'
import { parseJson } from '../../base/text.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { CacheDesk } from '../cache/cache-routes.ts'
import type { PrewarmDesk } from './prewarm-desk.ts'
import { readPrewarm } from './read-prewarm.ts'

type Bodies = readonly Readonly<Record<string, unknown>>[]

export interface PrewarmOffice {
  readonly desk: PrewarmDesk
  /** What the configured list asks; a fault is the reason in words. */
  readonly configured: () => Outcome<Bodies, string>
}

export interface PrewarmRouteParts {
  readonly office: PrewarmOffice
  readonly cache: Pick<CacheDesk, 'stats'>
  readonly reject: (reply: FastifyReply, fault: Fault) => void
}

const forOperators: FastifyContextConfig = { scope: ['operate'], rate: 'trigger' }

/** A body is a list of its own; without one the configured list is asked. */
export function addPrewarmRoutes(app: FastifyInstance, { office, cache, reject }: PrewarmRouteParts): void {
  const { desk, configured } = office
  app.get('/admin/prewarm', { config: { scope: ['read'] } }, (_request, reply) => {
    const { hitShare } = cache.stats()
    return reply.send({ ...desk.state(), ...(hitShare === undefined ? {} : { hitShare }) })
  })
  app.post('/admin/prewarm', { config: forOperators }, (request, reply) => {
    const given = typeof request.body === 'string' && request.body !== '' ? request.body : undefined
    const bodies = given === undefined ? configured() : readPrewarm(parseJson(given) ?? null)
    if (!bodies.ok) return reject(reply, makeFault('invalid_request', bodies.fault))
    if (!desk.start(bodies.value, request.caller))
      return reject(reply, makeFault('conflict', 'pre-warming is running; GET tells how far it is'))
    return reply.code(202).send(desk.state())
  })
}
