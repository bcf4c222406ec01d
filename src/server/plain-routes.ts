/** Endpoints that answer from what is known here: models, health, the description, plans, token counts. */

import type { FastifyInstance } from 'fastify'
import type { Caller } from '../protocol/access.ts'
import { makeFault } from '../protocol/fault.ts'
import { mayAsk } from './access/decide.ts'
import { deniedName } from './access/denied-name.ts'
import { countMessageTokens } from './count-tokens.ts'
import { reject } from './framework.ts'
import { listModels } from './list-models.ts'
import { parseChat } from './read-chat.ts'
import type { ServerParts } from './server-parts.ts'

export function addPlainRoutes(app: FastifyInstance, parts: ServerParts): void {
  addModelRoutes(app, parts)
  app.get('/health', { config: { scope: 'public' } }, (_request, reply) =>
    reply.send({ status: 'ok', service: 'adaptive-mind', version: parts.version }),
  )
  app.get('/openapi.json', { config: { scope: 'any' } }, async (_request, reply) => {
    const { openApi } = await import('./openapi.ts')
    return reply.send(openApi(parts.version))
  })
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
