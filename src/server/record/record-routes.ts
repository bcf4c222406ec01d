/** All routes of the record: traces and their ingest, monitoring, learning. */

import type { FastifyInstance } from 'fastify'
import { addIngestRoutes } from './ingest-routes.ts'
import { addMonitorRoutes } from './monitor-routes.ts'
import type { RouteParts } from './record-parts.ts'
import { addTraceRoutes } from './trace-routes.ts'

export function addRecordRoutes(app: FastifyInstance, parts: RouteParts): void {
  addTraceRoutes(app, parts)
  addIngestRoutes(app, parts)
  addMonitorRoutes(app, parts)
}
