/** The HTTP server: matches paths, guards callers, and passes requests on. */

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify'
import { allTenants, type Caller } from '../protocol/access.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { addAccessRoutes } from './access/access-routes.ts'
import { mayAsk } from './access/decide.ts'
import { deniedName } from './access/denied-name.ts'
import { guardRoutes } from './access/route-access.ts'
import { admission } from './admission.ts'
import { serveChat } from './chat-endpoint.ts'
import { countMessageTokens } from './count-tokens.ts'
import { directPathAt, directPaths, errorDialect } from './direct-paths.ts'
import { serveEmbeddings } from './embeddings-endpoint.ts'
import { addLedgerRoutes } from './ledger/ledger-routes.ts'
import { listModels } from './list-models.ts'
import { openApi } from './openapi.ts'
import { parseChat } from './read-chat.ts'
import { sendFault } from './send-answer.ts'
import type { ServerParts } from './server-parts.ts'
import { type Endpoint, unserved } from './unserved.ts'

/** How long a caller may take to send its headers, and the whole request, ms. */
const patience = { headersTimeout: 15_000, requestTimeout: 60_000, connectionsCheckingInterval: 5_000 }

export function createServer(parts: ServerParts): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: parts.config().server.bodyLimitBytes,
    forceCloseConnections: 'idle',
    serverFactory: (handler) =>
      createHttpServer(patience, (request, response) => {
        if (!passToChat(parts, request, response)) handler(request, response)
      }),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, then) =>
    then(null, body),
  )
  app.setErrorHandler((error, _request, reply) => reject(parts, reply, toFault(error)))
  const endpoints: Endpoint[] = [...directPaths.keys()].map((path) => ({ methods: ['POST'], path }))
  app.addHook('onRoute', ({ method, url }) => void endpoints.push({ methods: [method].flat(), path: url }))
  app.setNotFoundHandler(({ method, url }, reply) => {
    const { fault, allow } = unserved(method, url, endpoints)
    if (allow !== undefined) reply.raw.setHeader('allow', allow)
    reject(parts, reply, fault)
  })
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('vary', 'authorization, x-api-key')
  })
  app.addHook('onRequest', async (request, reply) => {
    const fault = admission(parts, request.raw)
    if (!fault) return
    reject(parts, reply, fault)
    return reply
  })
  const rejectWith = (reply: FastifyReply, fault: Fault) => reject(parts, reply, fault)
  guardRoutes(app, { gate: parts.gate, clock: parts.clock, reject: rejectWith })
  addAccessRoutes(app, parts.offices, rejectWith)
  addModelRoutes(app, parts)
  app.get('/health', { config: { scope: 'public' } }, (_request, reply) =>
    reply.send({ status: 'ok', service: 'adaptive-mind', version: parts.version }),
  )
  app.get('/openapi.json', { config: { scope: 'any' } }, (_request, reply) =>
    reply.send(openApi(parts.version)),
  )
  app.post('/v1/explain', { config: { scope: ['inference'] } }, (request, reply) => {
    const read = parseChat(typeof request.body === 'string' ? request.body : '', parts.inbound.openai)
    if (!read.ok) return reject(parts, reply, read.fault)
    const denied = deniedName(request.caller, read.value, parts.config())
    if (denied) return reject(parts, reply, denied)
    const explained = parts.engine.explain(read.value)
    return explained.ok ? reply.send(explained.value) : reject(parts, reply, explained.fault)
  })
  app.post('/v1/messages/count_tokens', { config: { scope: ['inference'] } }, async (request, reply) => {
    const text = typeof request.body === 'string' ? request.body : ''
    const counted = await countMessageTokens(parts, request.caller, text)
    if (counted.ok) return reply.send(counted.value)
    reject(parts, reply, counted.fault)
    return reply
  })
  addLedgerRoutes(app, {
    queries: parts.ledger,
    reject: (reply, fault) => reject(parts, reply, fault),
    tenantOf: ({ caller }) => (caller.tenant === allTenants ? undefined : caller.tenant),
  })
  return app
}

/** A key that is held to some names is told of no others. */
function addModelRoutes(app: FastifyInstance, parts: ServerParts): void {
  const scoped = { config: { scope: ['inference', 'read'] as const } }
  const modelsOf = (caller: Caller) => {
    const config = parts.config()
    const all = listModels(config, parts.createdAtS, parts.models)
    return all.filter(({ id }) => mayAsk(caller, id, config.routes.has(id)))
  }
  app.get('/v1/models', scoped, ({ caller }, reply) => reply.send({ object: 'list', data: modelsOf(caller) }))
  app.get<{ Params: { '*': string } }>('/v1/models/*', scoped, (request, reply) => {
    const model = modelsOf(request.caller).find(({ id }) => id === request.params['*'])
    if (model) return reply.send(model)
    return reject(parts, reply, makeFault('unknown_model', 'no such model', { param: 'model' }))
  })
}

/** Chat requests do not pass the framework: its routing, hooks and body parsing cost more than the gateway's own work. */
function passToChat(parts: ServerParts, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'POST') return false
  const path = directPathAt(request.url ?? '')
  if (path === undefined) return false
  if (path.kind === 'embeddings') void serveEmbeddings(parts, { request, response, scope: path.scope })
  else void serveChat(parts, { request, response, inbound: parts.inbound[path.dialect], scope: path.scope })
  return true
}

function reject(parts: ServerParts, reply: FastifyReply, fault: Fault): void {
  reply.hijack()
  const inbound = errorDialect(parts.inbound, reply.request.url)
  sendFault({ response: reply.raw, inbound }, fault)
}

/** Fastify's own errors in our list; anything else is a defect of ours and says nothing about itself. */
function toFault(error: unknown): Fault {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return makeFault('body_too_large', 'the body is too large')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return makeFault('unsupported_media_type', 'send content-type: application/json')
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500
  if (typeof status === 'number' && status < 500)
    return makeFault('invalid_request', 'the request is not valid HTTP')
  return makeFault('internal', 'an unexpected error')
}
