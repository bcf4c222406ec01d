/** Knows every key that opens now: the admin key, the file's, and the store's as other processes change it. */

import type { Clock } from '../../base/clock.ts'
import type { Outcome } from '../../base/outcome.ts'
import type { FileKey } from '../../config/config.ts'
import { allTenants, type Caller, type KeyDigest } from '../../protocol/access.ts'
import type { KeyStore, StoredKey } from '../../record/control/key-store.ts'
import { digestOf } from '../../record/control/virtual-key.ts'

export type Found =
  | { readonly kind: 'known'; readonly caller: Caller }
  | { readonly kind: 'unknown' }
  /** The store does not answer, so a key that was not seen before is neither right nor wrong. */
  | { readonly kind: 'unavailable' }

export interface KeyBook {
  /** False until the first key is made; it stays true when all of them are revoked. */
  asksForKey(): boolean
  find(key: string): Found
}

export interface KeyBookOptions {
  readonly store: KeyStore
  readonly fileKeys: () => readonly FileKey[]
  readonly adminKey?: string | undefined
  readonly clock: Clock
}

/** Changes by others are looked for at most so often, ms: less than a process needs to end after it has revoked a key. */
const lookAgainAfterMs = 5
/** Keys that were right go on for so long while the store does not answer, ms. */
const trustForMs = 300_000
/** Right keys that are kept as they were presented, so that each is hashed once. */
const keptKeys = 10_000

interface Entry {
  readonly caller: Caller
  readonly endsAtMs: number
}

export const adminCaller: Caller = {
  keyId: 'admin',
  name: 'admin key',
  kind: 'admin',
  tenant: allTenants,
  scopes: ['admin'],
  limits: {},
}

export function createKeyBook({ store, fileKeys, adminKey, clock }: KeyBookOptions): KeyBook {
  const adminDigest = adminKey === undefined ? undefined : digestOf(adminKey)
  let entries = new Map<KeyDigest, Entry>()
  /** By the whole key, so that two keys never share a place. */
  const seen = new Map<string, Entry>()
  let stored: readonly StoredKey[] = []
  let fromFile: readonly FileKey[] | undefined
  let version: number | undefined
  let ownChanges = 0
  let lookedAtMs = -Infinity
  let answeredAtMs = -Infinity

  const read = (): boolean => {
    const now = store.version()
    if (!now.ok) return false
    if (now.value === version) return true
    const all: Outcome<readonly StoredKey[], string> = store.all()
    if (!all.ok) return false
    stored = all.value
    version = now.value
    fromFile = undefined
    return true
  }
  const look = () => {
    const nowMs = clock.monoMs()
    const changes = store.ownChanges()
    const file = fileKeys()
    if (nowMs - lookedAtMs < lookAgainAfterMs && changes === ownChanges && file === fromFile) return
    ownChanges = changes
    lookedAtMs = nowMs
    if (read()) answeredAtMs = nowMs
    if (file === fromFile) return
    fromFile = file
    entries = index(stored, file, adminDigest)
    seen.clear()
  }
  const isWell = () => lookedAtMs === answeredAtMs
  const open = (entry: Entry): Found =>
    clock.wallMs() < entry.endsAtMs ? { kind: 'known', caller: entry.caller } : { kind: 'unknown' }
  return {
    asksForKey() {
      look()
      return adminDigest !== undefined || stored.length > 0 || (fromFile?.length ?? 0) > 0 || !isWell()
    },
    find(key) {
      look()
      if (lookedAtMs - answeredAtMs > trustForMs) return { kind: 'unavailable' }
      const known = seen.get(key)
      if (known) return open(known)
      const entry = entries.get(digestOf(key))
      if (entry === undefined) return { kind: isWell() ? 'unknown' : 'unavailable' }
      if (seen.size >= keptKeys) seen.clear()
      seen.set(key, entry)
      return open(entry)
    },
  }
}

function index(
  stored: readonly StoredKey[],
  fromFile: readonly FileKey[],
  adminDigest: KeyDigest | undefined,
): Map<KeyDigest, Entry> {
  const entries = new Map<KeyDigest, Entry>()
  const ends = (...times: readonly (number | undefined)[]) =>
    Math.min(...times.map((atMs) => atMs ?? Infinity))
  for (const { digest, ...key } of fromFile)
    entries.set(digest, { caller: fileCaller(key), endsAtMs: ends(key.expiresAtMs) })
  // A key that was revoked here does not open by standing in a file too.
  for (const key of stored)
    for (const { digest, endsAtMs } of key.openings)
      if (key.revokedAtMs !== undefined) entries.delete(digest)
      else entries.set(digest, { caller: storedCaller(key), endsAtMs: ends(key.expiresAtMs, endsAtMs) })
  if (adminDigest !== undefined) entries.set(adminDigest, { caller: adminCaller, endsAtMs: Infinity })
  return entries
}

export const fileKeyId = (name: string) => `file:${name}`

const fileCaller = (key: Omit<FileKey, 'digest'>): Caller => ({
  ...key,
  keyId: fileKeyId(key.name),
  kind: 'key',
})

function storedCaller({ id, name, tenant, scopes, routes, models, expiresAtMs, limits }: StoredKey): Caller {
  return { keyId: id, name, kind: 'key', tenant, scopes, routes, models, expiresAtMs, limits }
}
