/** The HTTP server: matches paths, guards callers, and passes requests to the engine. */

import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import type { Config } from '../config/config.ts'
import type { Engine } from '../gateway/engine/engine-port.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { checkCaller, isLoopback } from './guard.ts'
import { listModels, type ModelListing } from './list-models.ts'
import { readJsonObject } from './read-body.ts'
import { sendAnswer, sendFault } from './send-answer.ts'

export interface ServerParts {
  readonly config: () => Config
  readonly engine: Engine
  readonly inbound: { readonly openai: InboundAdapter }
  readonly clock: Clock
  readonly version: string
  /** Seconds since 1970 that every listed model carries, so that listings are stable. */
  readonly createdAtS: number
  readonly describeModel: (provider: string, model: string) => ModelListing
  /** True from the moment the process is asked to end. */
  readonly isDraining: () => boolean
}

/** Names the hops a request has passed, so that a gateway that points at itself is noticed. */
const hopHeader = 'x-adaptive-hop'

export function createServer(parts: ServerParts): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: parts.config().server.bodyLimitBytes,
    forceCloseConnections: 'idle',
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, then) =>
    then(null, body),
  )
  app.setErrorHandler((error, _request, reply) => reject(parts, reply, toFault(error)))
  app.setNotFoundHandler((request, reply) => reject(parts, reply, unknownPath(request)))
  app.addHook('onRequest', async (request, reply) => {
    const fault = admission(parts, request)
    if (!fault) return
    reject(parts, reply, fault)
    return reply
  })
  app.get('/health', (_request, reply) =>
    reply.send({ status: 'ok', service: 'adaptive-mind', version: parts.version }),
  )
  app.post('/v1/chat/completions', (request, reply) => chat(parts, request, reply))
  app.get('/v1/models', (_request, reply) => reply.send({ object: 'list', data: modelsOf(parts) }))
  app.get<{ Params: { '*': string } }>('/v1/models/*', (request, reply) => {
    const model = modelsOf(parts).find(({ id }) => id === request.params['*'])
    if (model) return reply.send(model)
    return reject(parts, reply, makeFault('unknown_model', 'no such model', { param: 'model' }))
  })
  return app
}

const modelsOf = (parts: ServerParts) => listModels(parts.config(), parts.createdAtS, parts.describeModel)

function admission(parts: ServerParts, request: FastifyRequest): Fault | undefined {
  if (request.headers[hopHeader] !== undefined)
    return makeFault('loop_detected', 'the request comes from a gateway')
  const { host } = parts.config().server
  if (isLoopback(host)) {
    const fault = checkCaller({ host: request.headers.host, origin: request.headers.origin }, { host })
    if (fault) return fault
  }
  if (parts.isDraining() && request.method === 'POST')
    return makeFault('shutting_down', 'the gateway is ending')
  return undefined
}

function reject(parts: ServerParts, reply: FastifyReply, fault: Fault): void {
  reply.hijack()
  sendFault({ response: reply.raw, inbound: parts.inbound.openai }, fault)
  // A body that was not read would be taken for the next request.
  if (fault.status === 413) reply.raw.once('finish', () => reply.raw.socket?.destroySoon())
}

async function chat(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const inbound = parts.inbound.openai
  const body = readJsonObject(typeof request.body === 'string' ? request.body : '')
  if (!body.ok) return reject(parts, reply, body.fault)
  const read = inbound.readRequest(body.value)
  if (!read.ok) return reject(parts, reply, read.fault)
  reply.hijack()
  const response = reply.raw
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const callerId = request.headers['x-request-id']
  const answer = await parts.engine.chat({
    request: read.value,
    requestId: makeId('req', parts.clock.wallMs()),
    ...(typeof callerId === 'string' ? { callerRequestId: callerId.slice(0, 128) } : {}),
    tenant: 'default',
    signal: gone.signal,
  })
  await sendAnswer({ response, inbound, streamUsage: read.value.streamUsage }, answer)
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

const notServed =
  /^\/v1\/(completions|embeddings|audio|images|moderations|files|batches|assistants|threads|responses|messages|fine_tuning|uploads|vector_stores|realtime)(\/|\?|$)/
const served = /^\/(health|v1\/models|v1\/chat\/completions)(\?|$)/

function unknownPath(request: FastifyRequest): Fault {
  if (served.test(request.url))
    return makeFault('method_not_allowed', `${request.method} is not a method of this endpoint`)
  if (notServed.test(request.url))
    return makeFault('not_implemented', 'this gateway does not serve this endpoint')
  return makeFault('unknown_path', 'no such endpoint')
}
