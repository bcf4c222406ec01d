/** How the gateway does: metrics, health in words, a summary over a stretch of time, and what was learned. */

import type { FastifyInstance } from 'fastify'
import { answerJson } from './answer-json.ts'
import { readWindowQuery } from './read-query.ts'
import type { RouteParts } from './record-parts.ts'
import { askedTenant, forReaders } from './route-options.ts'

export function addMonitorRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { record, clock, reject } = parts
  app.get('/metrics', forReaders, async (_request, reply) => {
    const { text, contentType } = await record.metrics()
    reply.type(contentType).send(text)
  })
  app.get('/health/detailed', forReaders, async (_request, reply) => {
    const report = await record.health()
    return reply.code(report.status === 'unhealthy' ? 503 : 200).send(report)
  })
  app.get('/v1/monitoring/summary', forReaders, async (request, reply) => {
    const window = readWindowQuery(request.query)
    if (!window.ok) return reject(reply, window.fault)
    const sinceMs = clock.wallMs() - window.value.windowMs
    const tenant = askedTenant(request)
    const asked = { kind: 'summary', sinceMs, ...(tenant === undefined ? {} : { tenant }) } as const
    return answerJson(parts, reply, await record.runs.ask(asked))
  })
  app.get('/v1/learning/rankings', forReaders, async (_request, reply) =>
    reply.send({ rankings: await record.rankings() }),
  )
}
