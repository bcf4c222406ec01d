/** Files and batches in OpenAI's API: each tenant sees its own. */

import type { Readable } from 'node:stream'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { parseJson } from '../../base/text.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { FileNote, FileStore } from '../../record/batch/file-store.ts'
import { tenantOf } from '../access/decide.ts'
import type { BatchDesk } from './batch-desk.ts'
import type { BatchSettings } from './batch-parts.ts'
import { takeUpload } from './take-upload.ts'
import { createBatchSchema, pageOf, writeBatch, writeFile } from './write-batch.ts'

export interface BatchOffice {
  readonly files: FileStore
  readonly desk: BatchDesk
  readonly settings: () => BatchSettings & { readonly maxFileBytes: number }
}

export interface BatchRouteParts {
  readonly office: BatchOffice
  readonly clock: Clock
  readonly reject: (reply: FastifyReply, fault: Fault) => void
}

type ById = { readonly Params: { readonly id: string } }

const forCallers = { config: { scope: ['inference'] } as FastifyContextConfig }
const pageQuery = z.object({
  after: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(20),
  purpose: z.string().optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
})

export function addBatchRoutes(app: FastifyInstance, parts: BatchRouteParts): void {
  addFileRoutes(app, parts)
  const { office, reject } = parts
  const { desk } = office
  app.post('/v1/batches', forCallers, async (request, reply) => {
    const wanted = createBatchSchema.safeParse(
      typeof request.body === 'string' ? (parseJson(request.body) ?? null) : {},
    )
    if (!wanted.success) return reject(reply, issueFault(wanted.error))
    const { input_file_id, endpoint, completion_window, metadata } = wanted.data
    const made = await desk.create(request.caller, {
      inputFileId: input_file_id,
      endpoint,
      completionWindow: completion_window,
      ...(metadata ? { metadata } : {}),
    })
    return made.ok ? reply.send(writeBatch(made.value)) : reject(reply, made.fault)
  })
  app.get('/v1/batches', forCallers, (request, reply) => {
    const page = readPage(request)
    if (!page.ok) return reject(reply, page.fault)
    return reply.send(pageOf(desk.list(tenantOf(request.caller)), page.value, writeBatch))
  })
  app.get<ById>('/v1/batches/:id', forCallers, (request, reply) => {
    const note = desk.get(tenantOf(request.caller), request.params.id)
    return note
      ? reply.send(writeBatch(note))
      : reject(reply, makeFault('unknown_object', 'there is no such batch'))
  })
  app.post<ById>('/v1/batches/:id/cancel', forCallers, async (request, reply) => {
    const cancelled = await desk.cancel(tenantOf(request.caller), request.params.id)
    return cancelled.ok ? reply.send(writeBatch(cancelled.value)) : reject(reply, cancelled.fault)
  })
}

function addFileRoutes(app: FastifyInstance, parts: BatchRouteParts): void {
  const { office, reject } = parts
  const { files } = office
  // A scope of its own, for only here a body is a form that is read as it comes.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, body, then) => then(null, body))
    scope.post('/v1/files', forCallers, async (request, reply) => {
      const taken = await upload(parts, request)
      return taken.ok ? reply.send(writeFile(taken.value)) : reject(reply, taken.fault)
    })
  })
  app.get('/v1/files', forCallers, (request, reply) => {
    const page = readPage(request)
    if (!page.ok) return reject(reply, page.fault)
    const { purpose, order } = page.value
    const all = files
      .list(tenantOf(request.caller))
      .filter((note) => purpose === undefined || note.purpose === purpose)
    return reply.send(pageOf(order === 'asc' ? all.toReversed() : all, page.value, writeFile))
  })
  app.get<ById>('/v1/files/:id', forCallers, (request, reply) => {
    const note = ownFile(files, request)
    return note.ok ? reply.send(writeFile(note.value)) : reject(reply, note.fault)
  })
  app.get<ById>('/v1/files/:id/content', forCallers, (request, reply) => {
    const note = ownFile(files, request)
    if (!note.ok) return reject(reply, note.fault)
    return reply
      .type('application/octet-stream')
      .header('content-length', note.value.bytes)
      .send(files.read(note.value.id))
  })
  app.delete<ById>('/v1/files/:id', forCallers, async (request, reply) => {
    const note = ownFile(files, request)
    if (!note.ok) return reject(reply, note.fault)
    await files.remove(note.value.id)
    return reply.send({ id: note.value.id, object: 'file', deleted: true })
  })
}

function upload(
  { office, clock }: BatchRouteParts,
  request: FastifyRequest,
): Promise<Outcome<FileNote, Fault>> {
  const { keptForMs, maxFileBytes } = office.settings()
  return takeUpload(office.files, {
    headers: request.headers,
    body: request.body as Readable,
    tenant: tenantOf(request.caller),
    expiresAtMs: clock.wallMs() + keptForMs,
    maxBytes: maxFileBytes,
  })
}

/** What belongs to another tenant does not exist for this one. */
function ownFile(
  files: FileStore,
  { params, caller }: Pick<FastifyRequest<ById>, 'params' | 'caller'>,
): Outcome<FileNote, Fault> {
  const note = files.get(params.id)
  return note?.tenant === tenantOf(caller)
    ? done(note)
    : failed(makeFault('unknown_object', 'there is no such file'))
}

function readPage({ query }: FastifyRequest): Outcome<z.infer<typeof pageQuery>, Fault> {
  const page = pageQuery.safeParse(query)
  return page.success ? done(page.data) : failed(issueFault(page.error))
}

function issueFault({ issues: [issue] }: z.ZodError): Fault {
  const param = issue?.path.join('.') ?? ''
  const message = `${param || 'the body'}: ${issue?.message ?? 'is not valid'}`
  return makeFault('invalid_request', message, param ? { param } : {})
}
