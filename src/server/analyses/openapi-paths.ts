/** Analyses in the OpenAPI description, from the schema that checks their requests. */

import { z } from 'zod'
import { wantedSchema } from './read-wanted.ts'

type Json = Readonly<Record<string, unknown>>

const answer = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})
const id: Json = { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] }
const operation = (summary: string, more: Json = {}): Json => ({
  summary,
  ...more,
  responses: { 200: answer('The answer'), 404: answer('There is none of this id') },
})

export const analysisPaths: Json = {
  '/v1/analyses': {
    get: operation('Analyses of the tenant, the newest first'),
    post: {
      summary:
        'Say where an agent first went wrong, with evidence; with Accept: text/event-stream its progress',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: z.toJSONSchema(wantedSchema, { io: 'input', unrepresentable: 'any' }),
          },
        },
      },
      responses: {
        202: answer('It runs'),
        400: answer('The request is not valid'),
        404: answer('No such model or trace'),
      },
    },
  },
  '/v1/analyses/{id}': { get: operation('An analysis, whole once it has ended', id) },
  '/v1/analyses/{id}/events': { get: operation('Its progress, as server-sent events', id) },
  '/v1/analyses/{id}/cancel': { post: operation('Ask no more groups', id) },
}
