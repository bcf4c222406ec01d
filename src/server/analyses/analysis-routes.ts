/** Analyses over HTTP: begun, listed, read, followed and cancelled; each tenant sees its own. */

import type { IncomingMessage } from 'node:http'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { RunStore } from '../../record/runs/run-store.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import { holds, tenantOf } from '../access/decide.ts'
import { faultOf } from '../record/answer-json.ts'
import type { AnalysisDesk } from './analysis-desk.ts'
import type { AnalysisNote } from './analysis-note.ts'
import { holdStored } from './hold-stored.ts'
import { readWanted, type WantedWithTrace } from './read-wanted.ts'
import { sendEvents } from './send-events.ts'
import { type TakenBody, takeBody } from './take-body.ts'
import { writeSummary, writeWhole } from './write-analysis.ts'

export interface AnalysisRouteParts {
  readonly desk: AnalysisDesk
  readonly runs: Pick<RunStore, 'ask'>
  readonly clock: Clock
  readonly bodyLimitBytes: number
  readonly reject: (reply: FastifyReply, fault: Fault) => void
}

type ById = { readonly Params: { readonly id: string } }

/** Analyses call models for their caller. */
const forCallers = { config: { scope: ['inference'] } as FastifyContextConfig }
const forEither = { config: { scope: ['inference', 'read'] } as FastifyContextConfig }
const listed = 100

export function addAnalysisRoutes(app: FastifyInstance, parts: AnalysisRouteParts): void {
  const { desk, reject } = parts
  // Only here are bodies not read before they are asked for.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/json', (_request: FastifyRequest, body: IncomingMessage) =>
      takeBody(body, { limitBytes: parts.bodyLimitBytes, threads: desk.threads }),
    )
    scope.post('/v1/analyses', forCallers, (request, reply) => begin(parts, request, reply))
  })
  app.get('/v1/analyses', forEither, (request, reply) => {
    const data = desk.list(tenantOf(request.caller)).slice(0, listed).map(writeSummary)
    return reply.send({ object: 'list', data })
  })
  app.get<ById>('/v1/analyses/:id', forEither, async (request, reply) => {
    const note = own(desk, request)
    if (!note.ok) return reject(reply, note.fault)
    const result = note.value.result ? await desk.result(note.value.id) : undefined
    return reply.type('application/json; charset=utf-8').send(writeWhole(note.value, result))
  })
  app.get<ById>('/v1/analyses/:id/events', { ...forEither, exposeHeadRoute: false }, (request, reply) => {
    const note = own(desk, request)
    return note.ok ? sendEvents(reply, note.value, parts) : reject(reply, note.fault)
  })
  app.post<ById>('/v1/analyses/:id/cancel', forCallers, (request, reply) => {
    const cancelled = desk.cancel(tenantOf(request.caller), request.params.id)
    return cancelled.ok ? reply.send(writeSummary(cancelled.value)) : reject(reply, cancelled.fault)
  })
}

async function begin(
  parts: AnalysisRouteParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { desk, reject } = parts
  const taken = (request.body as Outcome<TakenBody, Fault> | undefined) ?? nothing
  if (!taken.ok) return reject(reply, taken.fault)
  const read = readWanted(taken.value, desk.hold)
  if (!read.ok) {
    if (taken.value.kind === 'read' && taken.value.trace?.ok) taken.value.trace.value.close()
    return reject(reply, read.fault)
  }
  const trace = await traceOf(parts, request, read.value)
  if (!trace.ok) return reject(reply, trace.fault)
  const { wanted } = read.value
  if (wanted.plan) {
    const plan = await desk.plan(request.caller, trace.value, wanted)
    return plan.ok
      ? reply.send({ object: 'analysis.plan', plan: plan.value ?? null })
      : reject(reply, plan.fault)
  }
  const made = await desk.create(request.caller, trace.value, wanted)
  if (!made.ok) return reject(reply, made.fault)
  if (request.headers.accept?.includes('text/event-stream')) return sendEvents(reply, made.value, parts)
  return reply.code(202).header('location', `/v1/analyses/${made.value.id}`).send(writeSummary(made.value))
}

const nothing = done<TakenBody>({ kind: 'text', text: '' })

/** A stored trace is for those who may read it. */
async function traceOf(
  { runs, desk }: AnalysisRouteParts,
  { caller }: FastifyRequest,
  { source }: WantedWithTrace,
): Promise<Outcome<HeldTrace, Fault>> {
  if ('trace' in source) return done(source.trace)
  if (!holds(caller, 'read'))
    return failed(makeFault('key_not_allowed', 'this key may not read stored traces', { param: 'trace_id' }))
  const told = await runs.ask({ kind: 'trace', tenant: tenantOf(caller), traceId: source.storedId })
  if (!told.ok) return failed(faultOf(told.fault))
  return holdStored(told.value, desk)
}

/** What belongs to another tenant does not exist for this one. */
function own(
  desk: AnalysisDesk,
  { params, caller }: Pick<FastifyRequest<ById>, 'params' | 'caller'>,
): Outcome<AnalysisNote, Fault> {
  const note = desk.get(tenantOf(caller), params.id)
  return note ? done(note) : failed(makeFault('unknown_object', 'there is no such analysis'))
}
