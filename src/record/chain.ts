/** The chain of the ledger: each entry's hash covers its own text and the hash before it. */

import { createHash } from 'node:crypto'

export const firstPrevHash = '0'.repeat(64)

/** The entry's JSON as stored: its place in the chain in front of the record's own fields. */
export function placeInChain(
  recordJson: string,
  place: { journalId: string; seq: number; prevHash: string; schemaVersion: number },
): string {
  const { schemaVersion, journalId, seq, prevHash } = place
  return `{"schemaVersion":${schemaVersion},"journalId":${JSON.stringify(journalId)},"seq":${seq},"prevHash":"${prevHash}",${recordJson.slice(1)}`
}

/** `SHA-256(0x00 ‖ prevHash ‖ UTF-8 bytes of the JSON)`, hex. */
export function chainHash(prevHash: string, json: string): string {
  return createHash('sha256').update(prefix).update(Buffer.from(prevHash, 'hex')).update(json).digest('hex')
}

const prefix = Uint8Array.of(0)

export interface ChainRow {
  readonly seq: number
  readonly json: string
  readonly hash: string
}

export type Verdict =
  | { readonly ok: true; readonly entries: number; readonly lastHash: string }
  | { readonly ok: false; readonly entries: number; readonly seq: number; readonly because: string }

/** Walks the entries in order and names the first that does not fit. */
export function verifyChain(rows: Iterable<ChainRow>): Verdict {
  let prevHash = firstPrevHash
  let entries = 0
  for (const { seq, json, hash } of rows) {
    const bad = (because: string): Verdict => ({ ok: false, entries, seq, because })
    if (seq !== entries + 1) return bad(`entry ${entries + 1} is missing`)
    const entry = parse(json)
    if (entry?.seq !== seq) return bad('the entry does not carry its own number')
    if (entry.prevHash !== prevHash) return bad('it does not continue the entry before it')
    if (chainHash(prevHash, json) !== hash) return bad('its text was changed')
    prevHash = hash
    entries += 1
  }
  return { ok: true, entries, lastHash: prevHash }
}

function parse(json: string): { readonly seq?: unknown; readonly prevHash?: unknown } | undefined {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
