/** The endpoints of access in the OpenAPI description, from the schemas that check their requests. */

import { z } from 'zod'
import { createKeySchema, rotateKeySchema } from './key-office.ts'
import { setSecretSchema } from './secret-office.ts'

type Json = Readonly<Record<string, unknown>>

const answer = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})

const errors = {
  401: answer('The key is missing or wrong'),
  403: answer('The key may not do this'),
  429: answer('Too many wrong keys came from this address'),
}

const body = (schema: z.ZodType): Json => ({
  requestBody: {
    required: true,
    content: { 'application/json': { schema: z.toJSONSchema(schema, { io: 'input' }) } },
  },
})

const operation = (summary: string, more: Json = {}, status = 200): Json => ({
  summary,
  ...more,
  responses: { [status]: answer('The answer'), ...errors },
})

const id: Json = { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] }

export const securitySchemes: Json = {
  bearer: { type: 'http', scheme: 'bearer' },
  header: { type: 'apiKey', in: 'header', name: 'x-api-key' },
}

export const accessPaths: Json = {
  '/v1/key': { get: operation('What the key of this request is, and may') },
  '/admin/keys': {
    get: operation('Every key the caller may see; never the key itself'),
    post: operation('Make a key, no broader than its maker; it is told once', body(createKeySchema), 201),
  },
  '/admin/keys/{id}': { delete: operation('Revoke a key, from its next request on', id) },
  '/admin/keys/{id}/rotate': {
    post: operation('A new key in the place of the old one', { ...id, ...body(rotateKeySchema) }, 201),
  },
  '/admin/secrets': { get: operation('Which keys of providers are stored, by their fingerprints') },
  '/admin/secrets/{id}': {
    put: operation('Store a key of a provider for its address', { ...id, ...body(setSecretSchema) }, 201),
    delete: operation('Remove all stored keys of a provider', id),
  },
}
