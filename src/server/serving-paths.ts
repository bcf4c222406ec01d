/** Files, batches, spend, the cache and health in the OpenAPI description, from the schemas that check them. */

import { z } from 'zod'
import { createBatchSchema } from './batch/write-batch.ts'
import { isolateSchema, releaseSchema } from './health/health-order.ts'
import { prewarmSchema } from './prewarm/read-prewarm.ts'
import { spendQueryFields } from './spend/spend-routes.ts'

type Json = Readonly<Record<string, unknown>>

const answer = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})
const operation = (summary: string, more: Json = {}): Json => ({
  summary,
  ...more,
  responses: { 200: answer('The answer'), 404: answer('There is none of this id') },
})
const id: Json = { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] }

const uploadBody: Json = {
  requestBody: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          required: ['file', 'purpose'],
          properties: { file: { type: 'string', format: 'binary' }, purpose: { const: 'batch' } },
        },
      },
    },
  },
}
const batchBody: Json = {
  requestBody: {
    required: true,
    content: { 'application/json': { schema: z.toJSONSchema(createBatchSchema, { io: 'input' }) } },
  },
}

const ordered = (schema: z.ZodType): Json => ({
  requestBody: {
    required: true,
    content: { 'application/json': { schema: z.toJSONSchema(schema, { io: 'input' }) } },
  },
})

export const servingPaths: Json = {
  '/v1/files': {
    get: operation('Files of the tenant, the newest first'),
    post: operation('Hand in a file of requests', uploadBody),
  },
  '/v1/files/{id}': {
    get: operation('What is known of a file', id),
    delete: operation('Delete a file', id),
  },
  '/v1/files/{id}/content': { get: operation('A file', id) },
  '/v1/batches': {
    get: operation('Batches of the tenant, the newest first'),
    post: operation('Answer every line of a file', batchBody),
  },
  '/v1/batches/{id}': { get: operation('How far a batch has come', id) },
  '/v1/batches/{id}/cancel': { post: operation('Ask no more lines of a batch', id) },
  '/v1/spend': {
    get: operation('What was spent, from the ledger', {
      parameters: Object.entries(spendQueryFields).map(([name, field]) => ({
        name,
        in: 'query',
        required: false,
        schema: z.toJSONSchema(field, { io: 'input' }),
      })),
    }),
  },
  '/admin/prewarm': {
    get: operation('How far pre-warming has come'),
    post: operation('Ask ahead of time: the list in the body, or the configured one', {
      requestBody: {
        required: false,
        content: { 'application/json': { schema: z.toJSONSchema(prewarmSchema, { io: 'input' }) } },
      },
    }),
  },
  '/admin/health': { get: operation('Circuits that failed or were isolated, and every key') },
  '/admin/isolate': {
    post: operation('Send nothing to a provider, a model or with a key', ordered(isolateSchema)),
  },
  '/admin/release': {
    post: operation('End an isolation, a refusal or a rest, or close a circuit', ordered(releaseSchema)),
  },
  '/admin/cache': {
    get: operation('What the cache did, and how long its tiers took'),
    delete: operation('Take answers out of the cache', {
      parameters: [{ name: 'tenant', in: 'query', required: false, schema: { type: 'string' } }],
    }),
  },
}
