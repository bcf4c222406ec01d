/** Providers' keys in the control file: sealed, bound to the provider's address, and never given back but to the gateway. */

import { createHmac } from 'node:crypto'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { ControlFile } from './control-file.ts'
import { createSealer } from './seal.ts'

/** What may be told of a stored secret. */
export interface SecretNote {
  readonly provider: string
  /** The same name the ledger gives the key. */
  readonly fingerprint: string
  /** Scheme, host and port it may be sent to. */
  readonly origin: string
  readonly createdAtMs: number
}

export interface SecretChange {
  readonly atMs: number
  readonly actor: string
}

export interface SecretStore {
  version(): Outcome<number, string>
  list(): Outcome<readonly SecretNote[], string>
  /** Stores a key of the provider beside those it has, for this address alone. */
  set(
    provider: string,
    place: { readonly origin: string; readonly secret: string },
    by: SecretChange,
  ): Outcome<SecretNote | undefined, string>
  /** All of the provider's; how many there were. */
  remove(provider: string, by: SecretChange): Outcome<number | undefined, string>
  /** Takes away what was stored for another address than this; how many those were. */
  clearMoved(provider: string, origin: string, by: SecretChange): Outcome<number | undefined, string>
  /** The keys to send to this address, oldest first. Fails where one was sealed under another installation's key. */
  openFor(provider: string, origin: string): Outcome<readonly string[], string>
}

interface SecretRow {
  readonly provider: string
  readonly fingerprint: string
  readonly origin: string
  readonly sealed: string
  readonly created_at_ms: number
}

const columns = 'provider, fingerprint, origin, sealed, created_at_ms'

export function createSecretStore(file: ControlFile, installationKey: Buffer): SecretStore {
  const { db } = file
  const sealer = createSealer(installationKey)
  const insert = db.prepare(`INSERT OR REPLACE INTO secrets (${columns}) VALUES (?, ?, ?, ?, ?)`)
  const erase = db.prepare('DELETE FROM secrets WHERE provider = ?')
  const eraseMoved = db.prepare('DELETE FROM secrets WHERE provider = ? AND origin <> ?')
  const some = (changes: number | bigint) => (Number(changes) > 0 ? Number(changes) : undefined)
  return {
    version: file.version,
    list: () => file.read(() => rowsOf(file).map(noteOf)),
    set(provider, { origin, secret }, { atMs, actor }) {
      const fingerprint = fingerprintOf(installationKey, secret)
      const sealed = sealer.seal(secret, boundTo(provider, origin))
      const write = () => {
        insert.run(provider, fingerprint, origin, sealed, atMs)
        return { provider, fingerprint, origin, createdAtMs: atMs }
      }
      return file.change(write, { atMs, actor, action: 'secret.set', about: `${provider} ${fingerprint}` })
    },
    remove: (provider, by) =>
      file.change(() => some(erase.run(provider).changes), {
        ...by,
        action: 'secret.remove',
        about: provider,
      }),
    clearMoved: (provider, origin, by) =>
      file.change(() => some(eraseMoved.run(provider, origin).changes), {
        ...by,
        action: 'secret.clear',
        about: provider,
      }),
    openFor(provider, origin) {
      const rows = file.read(() => rowsOf(file))
      if (!rows.ok) return rows
      const secrets: string[] = []
      for (const row of rows.value) {
        if (row.provider !== provider || row.origin !== origin) continue
        const opened = sealer.open(row.sealed, boundTo(provider, origin))
        if (!opened.ok) return failed(cannotOpen(row, opened.fault))
        secrets.push(opened.value)
      }
      return done(secrets)
    },
  }
}

/** The name of a key for people, as the ledger tells it. */
export function fingerprintOf(installationKey: Buffer, secret: string): string {
  return `key_${createHmac('sha256', installationKey).update(secret).digest('hex').slice(0, 8)}`
}

const rowsOf = ({ db }: ControlFile) =>
  db
    .prepare(`SELECT ${columns} FROM secrets ORDER BY provider, created_at_ms`)
    .all() as unknown as SecretRow[]

const noteOf = ({ provider, fingerprint, origin, created_at_ms: createdAtMs }: SecretRow): SecretNote => ({
  provider,
  fingerprint,
  origin,
  createdAtMs,
})

const boundTo = (provider: string, origin: string) => `${provider}\n${origin}`

function cannotOpen({ provider, fingerprint }: SecretRow, why: 'other-key' | 'not-bound'): string {
  const because =
    why === 'other-key' ? 'it was sealed under another installation.key' : 'it was changed on the disk'
  return `the stored key ${fingerprint} of ${provider} cannot be opened: ${because}. Bring the old installation.key back, or store the key anew: adaptive-mind secrets remove ${provider}`
}
