/** `GET /v1/ledger`, `/v1/ledger/{requestId}` and `/v1/events`: what is remembered, filtered, in pages or as a whole. */

import { Readable } from 'node:stream'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { LedgerFilter } from '../../protocol/ledger-entry.ts'
import { csvHeader, csvLine } from '../../record/ledger-export.ts'
import type { LedgerQueries } from '../../record/ledger-queries.ts'
import { writeCursor } from '../../record/ledger-query.ts'
import type { ListedEntry } from '../../record/query-port.ts'
import { readEventFilter, readLedgerListing } from './read-ledger-query.ts'

export interface LedgerRouteParts {
  readonly queries: LedgerQueries
  readonly reject: (reply: FastifyReply, fault: Fault) => void
  /** The one tenant whose entries the caller may see; undefined is all. */
  readonly tenantOf: (request: FastifyRequest) => string | undefined
}

const forReaders = { config: { scope: ['read'] } as FastifyContextConfig }
const json = 'application/json; charset=utf-8'
const unread = (reason: string) => makeFault('ledger_unavailable', `the ledger cannot be read: ${reason}`)

export function addLedgerRoutes(app: FastifyInstance, parts: LedgerRouteParts): void {
  const { queries, reject, tenantOf } = parts
  app.get('/v1/ledger', forReaders, async (request, reply) => {
    const read = readLedgerListing(request.query)
    if (!read.ok) return reject(reply, read.fault)
    const tenant = tenantOf(request) ?? read.value.filter.tenant
    const filter: LedgerFilter = { ...read.value.filter, ...(tenant === undefined ? {} : { tenant }) }
    if (read.value.format !== 'json') return sendAll(parts, reply, { filter, format: read.value.format })
    const page = await queries.list(filter)
    if (!page.ok) return reject(reply, unread(page.fault))
    return reply.type(json).send(pageText(page.value, filter.limit))
  })
  app.get<{ Params: { requestId: string } }>('/v1/ledger/:requestId', forReaders, async (request, reply) => {
    const found = await queries.show(request.params.requestId)
    if (!found.ok) return reject(reply, unread(found.fault))
    const tenant = tenantOf(request)
    if (!found.value || (tenant !== undefined && found.value.tenant !== tenant))
      return reject(reply, makeFault('unknown_request', 'the ledger has no entry of this id'))
    const { text, previews } = found.value
    return reply.type(json).send(`{"entry":${text},"previews":${JSON.stringify(previews)}}`)
  })
  app.get('/v1/events', forReaders, async (request, reply) => {
    const filter = readEventFilter(request.query)
    if (!filter.ok) return reject(reply, filter.fault)
    // Events carry no tenant: they are for those who may see all.
    if (tenantOf(request) !== undefined && filter.value.requestId === undefined)
      return reject(
        reply,
        makeFault('invalid_request', 'request: name one of your own', { param: 'request' }),
      )
    if (!(await isOwn(parts, request, filter.value.requestId)))
      return reject(reply, makeFault('unknown_request', 'the ledger has no entry of this id'))
    const events = await queries.events(filter.value)
    if (!events.ok) return reject(reply, unread(events.fault))
    return reply.type(json).send(`{"object":"list","data":[${events.value.join(',')}]}`)
  })
}

async function isOwn(
  { queries, tenantOf }: LedgerRouteParts,
  request: FastifyRequest,
  requestId: string | undefined,
): Promise<boolean> {
  const tenant = tenantOf(request)
  if (tenant === undefined || requestId === undefined) return true
  const found = await queries.show(requestId)
  return found.ok && found.value?.tenant === tenant
}

/** Entries are passed on as the texts they are stored as. */
function pageText(page: readonly ListedEntry[], limit: number): string {
  const last = page.length === limit ? page.at(-1) : undefined
  const next = last ? JSON.stringify(writeCursor(last)) : 'null'
  return `{"object":"list","data":[${page.map(({ text }) => text).join(',')}],"next":${next}}`
}

interface Whole {
  readonly filter: LedgerFilter
  readonly format: 'ndjson' | 'csv'
}

const pageSize = 500
const types = { ndjson: 'application/x-ndjson; charset=utf-8', csv: 'text/csv; charset=utf-8' }

async function sendAll(
  { queries, reject }: LedgerRouteParts,
  reply: FastifyReply,
  { filter, format }: Whole,
) {
  const first = await queries.list({ ...filter, limit: pageSize })
  if (!first.ok) return reject(reply, unread(first.fault))
  const pages = async function* () {
    if (format === 'csv') yield `${csvHeader}\r\n`
    for (let page = first.value; page.length > 0; ) {
      yield page
        .map(({ text }) => (format === 'csv' ? `${csvLine(JSON.parse(text))}\r\n` : `${text}\n`))
        .join('')
      const last = page.at(-1)
      if (page.length < pageSize || last === undefined) return
      const next = await queries.list({ ...filter, limit: pageSize, after: last })
      // The head is sent: a stream that breaks is the only way left to say so.
      if (!next.ok) throw new Error(next.fault)
      page = next.value
    }
  }
  return reply.type(types[format]).send(Readable.from(pages()))
}
