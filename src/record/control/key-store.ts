/** Virtual keys in the control file: made, listed, revoked, rotated. */

import type { Outcome } from '../../base/outcome.ts'
import type { KeyDigest, KeyOpening, KeyRecord } from '../../protocol/access.ts'
import type { ControlFile } from './control-file.ts'

export interface StoredKey extends KeyRecord {
  readonly openings: readonly KeyOpening[]
}

export interface Rotation {
  readonly digest: KeyDigest
  /** When the digests before it stop to open, ms since 1970. */
  readonly oldEndsAtMs: number
  readonly atMs: number
  readonly actor: string
}

/** A reason in words where the store does not answer; undefined where there is no such key. */
export interface KeyStore {
  /** Grows when this or another process has changed anything. */
  version(): Outcome<number, string>
  /** Changes made through this store: asking costs nothing. */
  ownChanges(): number
  all(): Outcome<readonly StoredKey[], string>
  create(record: KeyRecord, digest: KeyDigest): Outcome<KeyRecord | undefined, string>
  /** Revoking twice keeps the first time. */
  revoke(
    id: string,
    by: { readonly atMs: number; readonly actor: string },
  ): Outcome<KeyRecord | undefined, string>
  /** A revoked key is not rotated: undefined. */
  rotate(id: string, rotation: Rotation): Outcome<KeyRecord | undefined, string>
}

export function createKeyStore(file: ControlFile): KeyStore {
  const { db } = file
  const select = db.prepare('SELECT json FROM keys WHERE id = ?')
  const write = db.prepare('INSERT OR REPLACE INTO keys (id, json) VALUES (?, ?)')
  const addDigest = db.prepare('INSERT INTO key_digests (digest, key_id) VALUES (?, ?)')
  const endDigests = db.prepare(
    'UPDATE key_digests SET ends_at_ms = ? WHERE key_id = ? AND (ends_at_ms IS NULL OR ends_at_ms > ?)',
  )
  const find = (id: string): KeyRecord | undefined => {
    const row = select.get(id) as { json: string } | undefined
    return row && (JSON.parse(row.json) as KeyRecord)
  }
  const save = (record: KeyRecord): KeyRecord => {
    write.run(record.id, JSON.stringify(record))
    return record
  }
  return {
    version: file.version,
    ownChanges: file.ownChanges,
    all: () => file.read(() => readAll(file)),
    create: (record, digest) =>
      file.change(
        () => {
          addDigest.run(digest, record.id)
          return save(record)
        },
        { atMs: record.createdAtMs, actor: record.madeBy, action: 'key.create', about: record.id },
      ),
    revoke: (id, by) =>
      file.change(
        () => {
          const found = find(id)
          return found && (found.revokedAtMs === undefined ? save({ ...found, revokedAtMs: by.atMs }) : found)
        },
        { ...by, action: 'key.revoke', about: id },
      ),
    rotate: (id, { digest, oldEndsAtMs, atMs, actor }) =>
      file.change(
        () => {
          const found = find(id)
          if (found === undefined || found.revokedAtMs !== undefined) return undefined
          endDigests.run(oldEndsAtMs, id, oldEndsAtMs)
          addDigest.run(digest, id)
          return save({ ...found, rotatedAtMs: atMs })
        },
        { atMs, actor, action: 'key.rotate', about: id },
      ),
  }
}

function readAll({ db }: ControlFile): readonly StoredKey[] {
  const openings = new Map<string, KeyOpening[]>()
  const digests = db.prepare('SELECT digest, key_id, ends_at_ms FROM key_digests').all()
  for (const { digest, key_id: id, ends_at_ms: endsAtMs } of digests as unknown as DigestRow[])
    openings.set(id, [...(openings.get(id) ?? []), { digest, ...(endsAtMs === null ? {} : { endsAtMs }) }])
  const rows = db.prepare('SELECT json FROM keys ORDER BY id').all() as unknown as { json: string }[]
  return rows.map(({ json }) => {
    const record = JSON.parse(json) as KeyRecord
    return { ...record, openings: openings.get(record.id) ?? [] }
  })
}

interface DigestRow {
  readonly digest: string
  readonly key_id: string
  readonly ends_at_ms: number | null
}
