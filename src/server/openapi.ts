/** The OpenAPI description of the endpoints, made from the schemas that check the requests. */

import { z } from 'zod'
import { messagesRequestSchema } from '../gateway/adapters/anthropic/wire.ts'
import { embeddingsRequestSchema } from '../gateway/adapters/embeddings/wire.ts'
import { chatRequestSchema } from '../gateway/adapters/openai/wire.ts'
import { responsesRequestSchema } from '../gateway/adapters/responses/wire.ts'
import { accessPaths, securitySchemes } from './access/openapi-paths.ts'
import { analysisPaths } from './analyses/openapi-paths.ts'
import { eventQueryFields, ledgerQueryFields } from './ledger/read-ledger-query.ts'
import { recordPaths } from './record/describe-routes.ts'
import { servingPaths } from './serving-paths.ts'

type Json = Readonly<Record<string, unknown>>

const schemaOf = (schema: z.ZodType): Json => z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })

const answer = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})

const errorAnswer = (description: string): Json => answer(`${description}; see docs/faults.md`)

const streamed: Json = {
  description: 'The answer; a stream of server-sent events where `stream` is true.',
  content: {
    'application/json': { schema: { type: 'object' } },
    'text/event-stream': { schema: { type: 'string' } },
  },
}

function asking(summary: string, schema: z.ZodType, success: Json): Json {
  return {
    summary,
    requestBody: { required: true, content: { 'application/json': { schema: schemaOf(schema) } } },
    responses: {
      200: success,
      400: errorAnswer('The request is not valid'),
      404: errorAnswer('No such model'),
      429: errorAnswer('Every key of every target is resting'),
      502: errorAnswer('Every provider failed'),
      503: errorAnswer('No target may be called now'),
      504: errorAnswer('The time of the request is over'),
    },
  }
}

const reading = (summary: string): Json => ({ summary, responses: { 200: answer('The answer') } })

/** Parameters of a query, made from the fields that check it. */
function inQuery(fields: Readonly<Record<string, z.ZodType>>): readonly Json[] {
  return Object.entries(fields).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field)
    return { name, in: 'query', required: false, description, schema }
  })
}

export function openApi(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Adaptive Mind',
      version,
      description: 'A gateway between applications and language models.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{}, { bearer: [] }, { header: [] }],
    components: { securitySchemes },
    paths: {
      ...accessPaths,
      '/v1/chat/completions': { post: asking('OpenAI chat completions', chatRequestSchema, streamed) },
      '/v1/messages': { post: asking('Anthropic Messages', messagesRequestSchema, streamed) },
      '/v1/messages/count_tokens': {
        post: asking(
          'An estimate of the tokens of an Anthropic request',
          messagesRequestSchema.partial({ max_tokens: true }),
          answer('The tokens'),
        ),
      },
      '/v1/responses': { post: asking('OpenAI Responses', responsesRequestSchema, streamed) },
      '/v1/embeddings': {
        post: asking('OpenAI embeddings', embeddingsRequestSchema, answer('The vectors')),
      },
      '/v1/explain': {
        post: asking('The plan of a chat request, without running it', chatRequestSchema, answer('The plan')),
      },
      '/v1/models': { get: reading('Routes, then the models of the configured providers') },
      '/v1/models/{id}': {
        get: {
          ...reading('One route or model'),
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        },
      },
      '/v1/ledger': {
        get: {
          ...reading('What became of each request, the newest first'),
          parameters: inQuery(ledgerQueryFields),
        },
      },
      '/v1/ledger/{requestId}': {
        get: {
          summary: 'One request: its entry and its previews',
          parameters: [{ name: 'requestId', in: 'path', required: true, schema: { type: 'string' } }],
          responses: { 200: answer('The entry'), 404: errorAnswer('The ledger has no entry of this id') },
        },
      },
      '/v1/events': {
        get: { ...reading('What happened, the newest first'), parameters: inQuery(eventQueryFields) },
      },
      '/health': { get: reading('Whether the process serves') },
      ...recordPaths,
      ...servingPaths,
      ...analysisPaths,
      '/openapi.json': { get: reading('This description') },
    },
  }
}
