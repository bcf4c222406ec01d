/** The chain of the ledger: each entry's hash covers its own text and the hash before it. */

import { createHash, hash } from 'node:crypto'

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
  if (json.length > scratchUnits)
    return createHash('sha256').update(prefix).update(Buffer.from(prevHash, 'hex')).update(json).digest('hex')
  scratch.write(prevHash, 1, 'hex')
  return hash('sha256', scratch.subarray(0, jsonAt + scratch.write(json, jsonAt)), 'hex')
}

const prefix = Uint8Array.of(0)
const jsonAt = 33
/** Entries up to this many UTF-16 units are laid behind the hash before them in one reused buffer. */
const scratchUnits = 16_384
const scratch = Buffer.alloc(jsonAt + scratchUnits * 3)
