/** All routes of serving at work, behind the rates that hold every route. */

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../base/clock.ts'
import type { Fault } from '../protocol/fault.ts'
import { addBatchRoutes } from './batch/batch-routes.ts'
import { addCacheRoutes } from './cache/cache-routes.ts'
import { addHealthRoutes } from './health/health-routes.ts'
import { guardRates } from './limits/guard-rates.ts'
import { addPrewarmRoutes } from './prewarm/prewarm-routes.ts'
import type { ServingParts } from './serving-parts.ts'
import { addSpendRoutes } from './spend/spend-routes.ts'

export interface ServingRouteParts {
  readonly clock: Clock
  readonly reject: (reply: FastifyReply, fault: Fault) => void
}

/** Call before any route is added: those that come later are held to their rates too. */
export function addServingRoutes(
  app: FastifyInstance,
  { rates, addressOf, cache, health, batches, prewarm, spend }: ServingParts,
  { clock, reject }: ServingRouteParts,
): void {
  guardRates(app, { rates, addressOf, clock, reject })
  addCacheRoutes(app, cache, reject)
  addHealthRoutes(app, health, reject)
  if (batches) addBatchRoutes(app, { office: batches, clock, reject })
  if (prewarm) addPrewarmRoutes(app, { office: prewarm, cache, reject })
  addSpendRoutes(app, spend, reject)
}
