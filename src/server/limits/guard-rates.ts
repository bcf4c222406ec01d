/** Holds the framework's routes to their rates, once it is known who calls. */

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import type { EndpointClass } from '../../config/config.ts'
import type { Fault } from '../../protocol/fault.ts'
import { openCaller } from '../access/gate.ts'
import { endpointClass } from './endpoint-class.ts'
import type { RateGate } from './rate-gate.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which limit the route falls under, where its path and method do not tell. */
    rate?: EndpointClass
  }
}

export interface RateGuard {
  readonly rates: RateGate
  readonly clock: Clock
  readonly addressOf: (request: FastifyReply['request']['raw']) => string
  readonly reject: (reply: FastifyReply, fault: Fault) => void
}

/** Call behind the guard of access, whose caller it reads, and before any route is added. */
export function guardRates(app: FastifyInstance, { rates, clock, addressOf, reject }: RateGuard): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return
    const { url: path = '', method, config } = request.routeOptions
    const entered = await rates.enter({
      holder: makeId('req', clock.wallMs()),
      caller: request.caller ?? openCaller,
      address: addressOf(request.raw),
      endpoint: endpointClass({ method: String(method), path, scope: config.scope, rate: config.rate }),
      path,
    })
    if (entered === undefined) return
    const { standings } = entered.ok ? entered.value : entered.fault
    for (const [name, value] of Object.entries(rateLimitHeaders('openai', standings, clock.wallMs())))
      reply.raw.setHeader(name, value)
    if (entered.ok) return
    reject(reply, entered.fault.fault)
    return reply
  })
}
