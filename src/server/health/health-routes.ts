/** The endpoints for operators: how circuits and keys stand, and what is isolated or released by hand. */

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Outcome } from '../../base/outcome.ts'
import { parseJson } from '../../base/text.ts'
import type { Engine } from '../../gateway/engine/engine-port.ts'
import type { Fault } from '../../protocol/fault.ts'
import { type HealthOrder, readOrder } from './health-order.ts'

export interface HealthDesk {
  standing(): {
    /** Those that ever failed or were isolated; the others are closed. */
    readonly circuits: ReturnType<Engine['circuits']>
    readonly keys: ReturnType<Engine['keys']>
  }
  /** In every process of this gateway. */
  carryOut(order: HealthOrder): Outcome<void, Fault>
}

/** An isolation holds for all tenants, so it takes an admin key that is bound to none. */
export function addHealthRoutes(
  app: FastifyInstance,
  desk: HealthDesk,
  reject: (reply: FastifyReply, fault: Fault) => void,
): void {
  app.get('/admin/health', { config: { scope: ['read'] } }, (_request, reply) => reply.send(desk.standing()))
  for (const kind of ['isolate', 'release'] as const)
    app.post(`/admin/${kind}`, { config: { scope: 'installation' } }, (request, reply) => {
      const order = readOrder(kind, parseJson(typeof request.body === 'string' ? request.body : ''))
      const carried = order.ok ? desk.carryOut(order.value) : order
      return carried.ok ? reply.send(desk.standing()) : reject(reply, carried.fault)
    })
}
