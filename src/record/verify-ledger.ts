/** Checks a ledger against itself and against its signed checkpoints, and names the first bad entry. */

import { isRecord, parseJson } from '../base/text.ts'
import type { LedgerRow } from '../protocol/ledger-entry.ts'
import { chainHash, firstPrevHash } from './chain.ts'
import { isSignedBy, type SignedCheckpoint } from './checkpoint.ts'
import { commitTo } from './keyed-hash.ts'

/** An entry with what the store keeps beside it; what is absent is not checked. */
export interface StoredRow extends LedgerRow {
  /** Name of a field of the entry → the column that repeats it for searches. */
  readonly columns?: Readonly<Record<string, string | null>>
  readonly salt?: string | null
  /** JSON of the previews. */
  readonly previews?: string | null
}

export interface Evidence {
  readonly checkpoints: readonly SignedCheckpoint[]
  /** Hex; without it signatures are not checked. */
  readonly publicKey?: string
  /** What the writer itself noted as its last entry, under a key of the installation. */
  readonly head?: { readonly seq: number; readonly hash: string }
}

export type Verdict =
  | {
      readonly ok: true
      readonly entries: number
      readonly lastSeq: number
      readonly lastHash: string
      /** Checkpoints that fit, and the number of the last entry they cover. */
      readonly checkpoints: number
      readonly coveredThrough: number
      readonly signatures: 'checked' | 'not checked'
      /** Entries up to this number were removed by retention, as the ledger itself notes; 0 where none were. */
      readonly removedThrough: number
      /** Other journals of which there are checkpoints but no entries here. */
      readonly otherJournals: readonly string[]
    }
  | {
      readonly ok: false
      /** Entries before the bad one that are whole. */
      readonly entries: number
      readonly seq: number
      /** The bad entry is one from `seq` to here. */
      readonly untilSeq?: number
      readonly because: string
    }

type Bad = Verdict & { readonly ok: false }

export function verifyLedger(rows: Iterable<StoredRow>, evidence: Evidence): Verdict {
  const walk = new Walk(evidence)
  for (const row of rows) {
    const bad = walk.step(row)
    if (bad) return bad
  }
  return walk.end()
}

/** Has identity: one pass over the entries. */
class Walk {
  readonly #evidence: Evidence
  readonly #bySize = new Map<number, SignedCheckpoint[]>()
  #journalId: string | undefined
  #firstSeq = 0
  #firstPrevHash = firstPrevHash
  #lastSeq = 0
  #lastHash = firstPrevHash
  #covered = 0
  #matched = 0
  /** Removals the ledger notes: last number removed → its hash. */
  readonly #removals = new Map<number, string>()

  constructor(evidence: Evidence) {
    this.#evidence = evidence
    for (const one of evidence.checkpoints)
      this.#bySize.set(one.size, [...(this.#bySize.get(one.size) ?? []), one])
  }

  step(row: StoredRow): Bad | undefined {
    const entry = parseJson(row.json)
    const fields = isRecord(entry) ? entry : {}
    if (this.#firstSeq === 0) this.#begin(row, fields)
    else if (row.seq > this.#lastSeq + 1) return this.#bad(this.#lastSeq + 1, 'it is missing')
    else if (row.seq <= this.#lastSeq) return this.#bad(row.seq, 'it is there twice, or not in its place')
    const because = this.#wrongInside(row, fields)
    if (because) return this.#bad(row.seq, because)
    const removed = removalOf(fields)
    if (removed) this.#removals.set(removed.throughSeq, removed.throughHash)
    this.#lastSeq = row.seq
    this.#lastHash = row.hash
    return this.#compare(row.seq, row.hash)
  }

  end(): Verdict {
    return this.#wrongSignature() ?? this.#wrongBeginning() ?? this.#wrongEnd() ?? this.#whole()
  }

  #begin(row: StoredRow, fields: Readonly<Record<string, unknown>>): void {
    this.#firstSeq = row.seq
    this.#journalId = String(fields['journalId'])
    if (row.seq > 1 && typeof fields['prevHash'] === 'string') this.#firstPrevHash = fields['prevHash']
    this.#lastSeq = row.seq - 1
    this.#lastHash = this.#firstPrevHash
  }

  #wrongInside(row: StoredRow, fields: Readonly<Record<string, unknown>>): string | undefined {
    if (fields['seq'] !== row.seq) return 'it does not carry its own number'
    if (fields['journalId'] !== this.#journalId) return 'it belongs to another journal'
    if (fields['prevHash'] !== this.#lastHash) return 'it does not continue the entry before it'
    if (chainHash(this.#lastHash, row.json) !== row.hash) return 'its text was changed'
    return wrongColumn(row, fields) ?? wrongPreview(row, fields)
  }

  #compare(size: number, root: string): Bad | undefined {
    for (const checkpoint of this.#own(size)) {
      if (checkpoint.root !== root)
        return {
          ...this.#bad(
            this.#covered + 1,
            `the checkpoint of ${checkpoint.atUtc} over ${size} entries has another hash: written anew since then`,
          ),
          untilSeq: size,
        }
      this.#matched += 1
      this.#covered = size
    }
    return undefined
  }

  #own(size: number): readonly SignedCheckpoint[] {
    return (this.#bySize.get(size) ?? []).filter(({ journalId }) => journalId === this.#journalId)
  }

  #wrongSignature(): Bad | undefined {
    const { publicKey, checkpoints } = this.#evidence
    const forged = publicKey && checkpoints.find((checkpoint) => !isSignedBy(checkpoint, publicKey))
    if (!forged) return undefined
    return this.#bad(forged.size, `its checkpoint of ${forged.atUtc} is not signed by this key`)
  }

  /** Entries may be missing at the beginning only as far as the ledger notes that they were removed. */
  #wrongBeginning(): Bad | undefined {
    if (this.#firstSeq <= 1) return undefined
    const removed = this.#firstSeq - 1
    const noted = Math.max(0, ...this.#removals.keys())
    if (noted < removed) return this.#bad(noted + 1, 'it is missing, and no note of its removal is there')
    const hashes = [this.#removals.get(removed), ...this.#own(removed).map(({ root }) => root)]
    if (hashes.every((hash) => hash === undefined || hash === this.#firstPrevHash)) return undefined
    return this.#bad(this.#firstSeq, 'it does not continue the entries that were removed')
  }

  #wrongEnd(): Bad | undefined {
    const last = this.#lastSeq
    const sizes = [...this.#bySize.keys()].filter((size) => size > last && this.#own(size).length > 0)
    // A ledger without any entry has no name of its own: every checkpoint is one of entries it should have.
    const wanted = this.#journalId === undefined ? [...this.#bySize.keys()] : sizes
    const size = Math.max(0, ...wanted)
    if (size > 0) return this.#bad(last + 1, `it is missing: a checkpoint covers ${size} entries`)
    const { head } = this.#evidence
    if (!head || (head.seq === last && head.hash === this.#lastHash)) return undefined
    if (head.seq > last) return this.#bad(last + 1, `it is missing: the writer had written ${head.seq}`)
    if (head.seq < last) return this.#bad(head.seq + 1, 'the writer never wrote it')
    return this.#bad(last, 'it is not the last entry the writer wrote')
  }

  #whole(): Verdict {
    const others = this.#evidence.checkpoints.map(({ journalId }) => journalId)
    return {
      ok: true,
      entries: this.#firstSeq === 0 ? 0 : this.#lastSeq - this.#firstSeq + 1,
      lastSeq: this.#lastSeq,
      lastHash: this.#lastHash,
      checkpoints: this.#matched,
      coveredThrough: this.#covered,
      signatures: this.#evidence.publicKey ? 'checked' : 'not checked',
      removedThrough: Math.max(0, this.#firstSeq - 1),
      otherJournals: [...new Set(others)].filter((id) => id !== this.#journalId),
    }
  }

  #bad(seq: number, because: string): Bad {
    const entries = this.#firstSeq === 0 ? 0 : Math.max(0, this.#lastSeq - this.#firstSeq + 1)
    return { ok: false, entries, seq, because }
  }
}

function removalOf(fields: Readonly<Record<string, unknown>>) {
  const detail = fields['detail']
  if (fields['kind'] !== 'audit' || fields['action'] !== 'entries_removed' || !isRecord(detail))
    return undefined
  return { throughSeq: Number(detail['throughSeq']), throughHash: String(detail['throughHash']) }
}

function wrongColumn({ columns }: StoredRow, fields: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, value] of Object.entries(columns ?? {}))
    if ((fields[name] ?? null) !== value) return `its column for ${name} was changed`
  return undefined
}

/** Texts that are gone are no fault: they may be erased. Those that are there must be the ones the entry committed to. */
function wrongPreview(
  { salt, previews }: StoredRow,
  { commitments }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (!previews || !salt) return undefined
  const texts = parseJson(previews)
  if (!isRecord(texts) || !isRecord(commitments)) return 'its preview was changed'
  const isWhole = Object.entries(texts).every(
    ([name, text]) => typeof text === 'string' && commitTo(text, salt) === commitments[name],
  )
  return isWhole ? undefined : 'its preview was changed'
}
