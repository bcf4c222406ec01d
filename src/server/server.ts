/** The HTTP server: matches paths, guards callers, and passes requests on. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { allTenants } from '../protocol/access.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { addAccessRoutes } from './access/access-routes.ts'
import { guardRoutes } from './access/route-access.ts'
import { addAnalysisRoutes } from './analyses/analysis-routes.ts'
import { serveChat } from './chat-endpoint.ts'
import { directPathAt } from './direct-paths.ts'
import { serveEmbeddings } from './embeddings-endpoint.ts'
import { openFramework, reject } from './framework.ts'
import { addLedgerRoutes } from './ledger/ledger-routes.ts'
import { addPlainRoutes } from './plain-routes.ts'
import { addRecordRoutes } from './record/record-routes.ts'
import { sendFault } from './send-answer.ts'
import type { ServerParts } from './server-parts.ts'
import { addServingRoutes } from './serving-routes.ts'

export function createServer(parts: ServerParts): FastifyInstance {
  const app = openFramework(
    parts,
    (request, response) =>
      passToChat(parts, request, response) || (parts.elsewhere?.(request, response) ?? false),
  )
  const rejectWith = (reply: FastifyReply, fault: Fault) => reject(parts, reply, fault)
  guardRoutes(app, { gate: parts.gate, clock: parts.clock, reject: rejectWith })
  if (parts.serving) addServingRoutes(app, parts.serving, { clock: parts.clock, reject: rejectWith })
  addAccessRoutes(app, parts.offices, rejectWith)
  addPlainRoutes(app, parts)
  addLedgerRoutes(app, {
    queries: parts.ledger,
    reject: rejectWith,
    tenantOf: ({ caller }) => (caller.tenant === allTenants ? undefined : caller.tenant),
  })
  addRecordRoutes(app, {
    record: parts.record,
    clock: parts.clock,
    version: parts.version,
    bodyLimitBytes: parts.config().server.bodyLimitBytes,
    reject: rejectWith,
  })
  if (parts.analyses)
    addAnalysisRoutes(app, {
      desk: parts.analyses,
      runs: parts.record.runs,
      clock: parts.clock,
      bodyLimitBytes: parts.config().server.bodyLimitBytes,
      reject: rejectWith,
    })
  return app
}

/** Chat requests do not pass the framework: its routing, hooks and body parsing cost more than the gateway's own work. */
function passToChat(parts: ServerParts, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'POST') return false
  const path = directPathAt(request.url ?? '')
  if (path === undefined) return false
  const inbound = path.kind === 'embeddings' ? parts.inbound.openai : parts.inbound[path.dialect]
  const serving =
    path.kind === 'embeddings'
      ? serveEmbeddings(parts, { request, response, scope: path.scope })
      : serveChat(parts, { request, response, inbound, scope: path.scope })
  serving.catch(() => {
    sendFault({ response, inbound }, makeFault('internal', 'an unexpected error'))
    if (!response.writableEnded) response.destroy()
  })
  return true
}
