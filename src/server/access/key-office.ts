/** Makes, lists, rotates and revokes virtual keys on behalf of a caller, who never gets further than its own rights. */

import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { keyFields, keyNameSchema, toGrant } from '../../config/access-schema.ts'
import type { FileKey } from '../../config/config.ts'
import { type Caller, defaultTenant, type KeyGrant, type KeyRecord } from '../../protocol/access.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { KeyStore, StoredKey } from '../../record/control/key-store.ts'
import { digestOf, makeVirtualKey } from '../../record/control/virtual-key.ts'
import { broaderThan, maySee } from './decide.ts'
import { fileKeyId } from './key-book.ts'

export type KeyState = 'active' | 'expired' | 'revoked'

export interface ListedKey extends KeyRecord {
  readonly state: KeyState
  readonly source: 'store' | 'file'
}

/** The key itself is told once, here, and stands nowhere afterwards. */
export interface NewKey {
  readonly key: string
  readonly record: ListedKey
}

export interface KeyOffice {
  list(actor: Caller): Outcome<readonly ListedKey[], Fault>
  /** `body` as it came: unknown fields are refused. */
  create(actor: Caller, body: unknown): Outcome<NewKey, Fault>
  /** The old key opens for `overlap_ms` more; a day where nothing is said. */
  rotate(actor: Caller, id: string, body: unknown): Outcome<NewKey, Fault>
  revoke(actor: Caller, id: string): Outcome<ListedKey, Fault>
}

export interface KeyOfficeOptions {
  readonly store: KeyStore
  readonly fileKeys: () => readonly FileKey[]
  readonly clock: Clock
}

const dayMs = 86_400_000
export const createKeySchema = z.strictObject({ name: keyNameSchema, ...keyFields })
export const rotateKeySchema = z.strictObject({
  overlap_ms: z
    .int()
    .min(0)
    .max(30 * dayMs)
    .default(dayMs),
})

export function createKeyOffice({ store, fileKeys, clock }: KeyOfficeOptions): KeyOffice {
  /** Undefined is not told apart from what the caller may not see. */
  const find = (actor: Caller, id: string): Outcome<StoredKey, Fault> => {
    const inFile = fileKeys().find(({ name }) => fileKeyId(name) === id)
    if (inFile) return failed(maySee(actor, inFile.tenant) ? standsInFile : noSuchKey)
    const all = reached(store.all())
    if (!all.ok) return all
    const key = all.value.find((one) => one.id === id)
    return key && maySee(actor, key.tenant) ? done(key) : failed(noSuchKey)
  }
  const listed = (record: KeyRecord) => listedKey(record, 'store', clock.wallMs())
  return {
    list(actor) {
      const all = reached(store.all())
      if (!all.ok) return all
      const fromFile = fileKeys().map((key) => listedKey(fileRecord(key), 'file', clock.wallMs()))
      return done([...all.value.map(listed), ...fromFile].filter(({ tenant }) => maySee(actor, tenant)))
    },
    create(actor, body) {
      const wanted = readGrant(actor, body)
      if (!wanted.ok) return wanted
      const nowMs = clock.wallMs()
      if ((wanted.value.expiresAtMs ?? Infinity) <= nowMs)
        return failed(makeFault('invalid_request', 'expires_at lies in the past', { param: 'expires_at' }))
      const key = makeVirtualKey()
      const record = { ...wanted.value, id: makeId('vk', nowMs), createdAtMs: nowMs, madeBy: nameOf(actor) }
      const made = reached(store.create(record, digestOf(key)))
      return made.ok ? done({ key, record: listed(record) }) : made
    },
    rotate(actor, id, body) {
      const parsed = checked(rotateKeySchema, body)
      if (!parsed.ok) return parsed
      const found = find(actor, id)
      if (!found.ok) return found
      const narrow = within(actor, found.value)
      if (!narrow.ok) return narrow
      const nowMs = clock.wallMs()
      const { state } = listed(found.value)
      if (state !== 'active') return failed(makeFault('conflict', `the key is ${state}`))
      const key = makeVirtualKey()
      const oldEndsAtMs = nowMs + parsed.value.overlap_ms
      const rotation = { digest: digestOf(key), oldEndsAtMs, atMs: nowMs, actor: nameOf(actor) }
      const rotated = reached(store.rotate(id, rotation))
      if (!rotated.ok) return rotated
      return rotated.value ? done({ key, record: listed(rotated.value) }) : failed(noSuchKey)
    },
    revoke(actor, id) {
      const found = find(actor, id)
      if (!found.ok) return found
      const revoked = reached(store.revoke(id, { atMs: clock.wallMs(), actor: nameOf(actor) }))
      if (!revoked.ok) return revoked
      return revoked.value ? done(listed(revoked.value)) : failed(noSuchKey)
    },
  }
}

type Wanted = KeyGrant & { readonly name: string }

/** A checked wish for a key, no broader than its maker. */
export function readGrant(maker: Caller, body: unknown): Outcome<Wanted, Fault> {
  const parsed = checked(createKeySchema, body)
  if (!parsed.ok) return parsed
  const { name, ...fields } = parsed.value
  const tenantElse = maySee(maker, defaultTenant) ? defaultTenant : maker.tenant
  return within(maker, { name, ...toGrant(fields, tenantElse) })
}

function within<Grant extends KeyGrant>(maker: Caller, wanted: Grant): Outcome<Grant, Fault> {
  const broader = broaderThan(maker, wanted)
  if (broader === undefined) return done(wanted)
  return failed(makeFault('key_not_allowed', `a key is never broader than its maker: ${broader}`))
}

/** The value in its schema, or the first thing that is wrong with it; nothing given is an empty object. */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): Outcome<z.infer<Schema>, Fault> {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return done(parsed.data)
  const issue = parsed.error.issues[0]
  const param = (issue?.path ?? []).map(String).join('.')
  const says = issue?.code === 'unrecognized_keys' ? 'it has a field that is not known' : issue?.message
  return failed(
    makeFault(
      'invalid_request',
      param === '' ? `${says}` : `${param}: ${says}`,
      param === '' ? {} : { param },
    ),
  )
}

export function reached<Value>(outcome: Outcome<Value, string>): Outcome<Value, Fault> {
  return outcome.ok ? outcome : failed(makeFault('access_unavailable', outcome.fault))
}

export const nameOf = ({ keyId, kind }: Caller) => keyId ?? kind

const noSuchKey = makeFault('unknown_object', 'there is no such key')
const standsInFile = makeFault(
  'conflict',
  'the key stands in the configuration file: change or take it out there',
)

const fileRecord = ({ digest: _digest, ...key }: FileKey): KeyRecord => ({
  ...key,
  id: fileKeyId(key.name),
  createdAtMs: 0,
  madeBy: 'file',
})

function listedKey(record: KeyRecord, source: ListedKey['source'], nowMs: number): ListedKey {
  const { id, name, tenant, scopes, routes, models, limits, createdAtMs, madeBy } = record
  const { expiresAtMs, revokedAtMs, rotatedAtMs } = record
  const isOver = expiresAtMs !== undefined && expiresAtMs <= nowMs
  const state = revokedAtMs === undefined ? (isOver ? 'expired' : 'active') : 'revoked'
  return {
    ...{ id, name, state, source, tenant, scopes, routes, models, limits, createdAtMs, madeBy },
    ...{ expiresAtMs, revokedAtMs, rotatedAtMs },
  }
}
