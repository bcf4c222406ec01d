/** Traces: listed, shown, scored and removed. */

import type { FastifyInstance } from 'fastify'
import { makeId } from '../../base/ids.ts'
import { readJsonObject } from '../read-body.ts'
import { answerJson } from './answer-json.ts'
import { readFeedback, readPageQuery, readTracesQuery } from './read-query.ts'
import type { RouteParts } from './record-parts.ts'
import { forOperators, forReaders, forWriters, seenTenant, tenantOf } from './route-options.ts'

type ById = { Params: { id: string } }

export function addTraceRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { record, clock, reject } = parts
  app.get('/v1/traces', forReaders, async (request, reply) => {
    const filter = readTracesQuery(request.query)
    if (!filter.ok) return reject(reply, filter.fault)
    const tenant = seenTenant(request)
    return answerJson(parts, reply, await record.runs.ask({ kind: 'traces', tenant, filter: filter.value }))
  })
  app.get<ById>('/v1/traces/:id', forReaders, async (request, reply) => {
    const { id: traceId } = request.params
    const tenant = seenTenant(request)
    return answerJson(parts, reply, await record.runs.ask({ kind: 'trace', tenant, traceId }))
  })
  app.delete<ById>('/v1/traces/:id', forOperators, async (request, reply) => {
    const { id: traceId } = request.params
    const tenant = seenTenant(request)
    return answerJson(parts, reply, await record.runs.ask({ kind: 'remove', tenant, traceId }))
  })
  app.get('/v1/sessions', forReaders, async (request, reply) => {
    const page = readPageQuery(request.query)
    if (!page.ok) return reject(reply, page.fault)
    const { limit, cursor } = page.value
    const tenant = seenTenant(request)
    const more = cursor === undefined ? {} : { cursor }
    return answerJson(parts, reply, await record.runs.ask({ kind: 'sessions', tenant, limit, ...more }))
  })
  // The second path is LangSmith's own.
  for (const path of ['/v1/feedback', '/feedback'])
    app.post(path, forWriters, async (request, reply) => {
      const body = readJsonObject(typeof request.body === 'string' ? request.body : '')
      if (!body.ok) return reject(reply, body.fault)
      const atMs = clock.wallMs()
      const feedback = readFeedback(body.value, { id: makeId('fbk', atMs), atMs })
      if (!feedback.ok) return reject(reply, feedback.fault)
      const tenant = tenantOf(request)
      const asked = { kind: 'feedback', tenant, feedback: feedback.value } as const
      return answerJson(parts, reply, await record.runs.ask(asked), 201)
    })
}
