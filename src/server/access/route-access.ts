/** Guards every route of the framework by the scope it declares; a route that declares none is for admins alone. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import type { Caller } from '../../protocol/access.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { RouteScope } from './decide.ts'
import type { Gate } from './gate.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its caller. */
    scope?: RouteScope
  }
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyInstance {
    /** Every route that was added after its guard, in order. */
    declaredRoutes: DeclaredRoute[]
  }
}

export interface DeclaredRoute {
  readonly methods: readonly string[]
  readonly path: string
  /** Absent where the route declares none. */
  readonly scope?: RouteScope | undefined
}

const undeclared: RouteScope = 'installation'

export interface RouteGuard {
  readonly gate: Gate
  readonly clock: Clock
  readonly reject: (reply: FastifyReply, fault: Fault) => void
}

/** Call before any route is added. Paths that match no route are not guarded: there is nothing behind them. */
export function guardRoutes(app: FastifyInstance, { gate, clock, reject }: RouteGuard): void {
  app.decorateRequest('caller')
  app.decorate('declaredRoutes', [])
  app.addHook('onRoute', ({ method, url, config }) => {
    app.declaredRoutes.push({ methods: [method].flat(), path: url, scope: config?.scope })
  })
  app.addHook('onRequest', async (request: FastifyRequest, reply) => {
    if (request.is404) return
    const entered = gate.enter(request.raw, request.routeOptions.config.scope ?? undeclared)
    if (entered.ok) {
      request.caller = entered.value
      return
    }
    const { fault, delayMs } = entered.fault
    if (delayMs > 0) await clock.sleep(delayMs)
    reject(reply, fault)
    return reply
  })
}
