/** The endpoints of access: what a key is, and the making and ending of keys and of stored secrets. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Outcome } from '../../base/outcome.ts'
import { parseJson } from '../../base/text.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { SecretNote } from '../../record/control/secret-store.ts'
import type { KeyOffice, NewKey } from './key-office.ts'
import type { SecretOffice } from './secret-office.ts'
import { writeCaller, writeKey } from './write-key.ts'

export interface AccessOffices {
  readonly keys: KeyOffice
  readonly secrets: SecretOffice
}

type Reject = (reply: FastifyReply, fault: Fault) => void
type WithId = { readonly Params: { readonly id: string } }

export function addAccessRoutes(
  app: FastifyInstance,
  { keys, secrets }: AccessOffices,
  reject: Reject,
): void {
  const answer = <Value>(
    reply: FastifyReply,
    outcome: Outcome<Value, Fault>,
    write: (value: Value) => unknown,
    status = 200,
  ) => (outcome.ok ? reply.code(status).send(write(outcome.value)) : reject(reply, outcome.fault))
  const admin = { config: { scope: ['admin'] as const } }
  const installation = { config: { scope: 'installation' as const } }

  app.get('/v1/key', { config: { scope: 'any' } }, (request, reply) =>
    reply.send(writeCaller(request.caller)),
  )
  app.get('/admin/keys', admin, ({ caller }, reply) =>
    answer(reply, keys.list(caller), (all) => ({ object: 'list', data: all.map(writeKey) })),
  )
  app.post('/admin/keys', admin, (request, reply) =>
    answer(reply, keys.create(request.caller, bodyOf(request)), writeNewKey, 201),
  )
  app.delete<WithId>('/admin/keys/:id', admin, ({ caller, params }, reply) =>
    answer(reply, keys.revoke(caller, params.id), writeKey),
  )
  app.post<WithId>('/admin/keys/:id/rotate', admin, (request, reply) =>
    answer(reply, keys.rotate(request.caller, request.params.id, bodyOf(request)), writeNewKey, 201),
  )
  app.get('/admin/secrets', installation, (_request, reply) =>
    answer(reply, secrets.list(), (notes) => ({ object: 'list', data: notes.map(writeSecret) })),
  )
  app.put<WithId>('/admin/secrets/:id', installation, (request, reply) =>
    answer(reply, secrets.set(request.caller, request.params.id, bodyOf(request)), writeSecret, 201),
  )
  app.delete<WithId>('/admin/secrets/:id', installation, ({ caller, params }, reply) =>
    answer(reply, secrets.remove(caller, params.id), (removed) => ({ removed })),
  )
}

const writeNewKey = ({ key, record }: NewKey) => ({ key, ...writeKey(record) })

const writeSecret = ({ provider, fingerprint, origin, createdAtMs }: SecretNote) => ({
  provider,
  fingerprint,
  origin,
  created_at: new Date(createdAtMs).toISOString(),
})

/** Bodies come as text; nothing at all is an empty object, and what is no JSON fails its schema. */
function bodyOf({ body }: FastifyRequest): unknown {
  return typeof body === 'string' && body !== '' ? (parseJson(body) ?? null) : {}
}
