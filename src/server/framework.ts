/** The HTTP framework as we use it: bodies as text, errors in our own list, every caller admitted first. */

import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify'
import { createHttpServer } from '../base/http-server.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { admission } from './admission.ts'
import { directPaths, errorDialect } from './direct-paths.ts'
import { sendFault } from './send-answer.ts'
import type { ServerParts } from './server-parts.ts'
import { type Endpoint, unserved } from './unserved.ts'

/** How long a caller may take to send its headers, and the whole request, ms. */
const patience = { headersTimeout: 15_000, requestTimeout: 60_000, connectionsCheckingInterval: 5_000 }

/** Bodies are checked by our own schemas; Fastify's compilers, which no route names a schema for, take a tenth of the start to load. */
const noCompiler = () => () => {
  throw new Error('routes have no schema of their own')
}

/** Serves a request itself and says so, or leaves it to the framework. */
export type PassBy = (...exchange: Parameters<RequestListener>) => boolean

export function openFramework(parts: ServerParts, passBy: PassBy): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: parts.config().server.bodyLimitBytes,
    forceCloseConnections: 'idle',
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    serverFactory(handler) {
      const listener: RequestListener = (request, response) => {
        if (!passBy(request, response)) handler(request, response)
      }
      return parts.tls
        ? createHttpsServer({ ...patience, ...parts.tls }, listener)
        : createHttpServer(patience, listener)
    },
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
  return app
}

/** Answers with a fault, in the dialect of the path. */
export function reject(parts: ServerParts, reply: FastifyReply, fault: Fault): void {
  reply.hijack()
  parts.record.refused(fault.code)
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
