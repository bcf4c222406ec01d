/** `ledger verify|key`: checks the chain against itself, the writer's own note and the signed checkpoints. */

import { readFileSync } from 'node:fs'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { publicKeyHex, readCheckpoint, type SignedCheckpoint } from '../record/checkpoint.ts'
import { checkpointsFile, readCheckpointPublicKey, readInstallationKey } from '../record/data-directory.ts'
import { createHeadSeal } from '../record/journal-head.ts'
import type { JournalReader } from '../record/ledger-reader.ts'
import { type Evidence, type Verdict, verifyLedger } from '../record/verify-ledger.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'
import { reading } from './reading.ts'
import { journalDirs } from './workers/worker-dirs.ts'

export interface VerifyOptions extends CommonOptions {
  /** A file of checkpoints, kept elsewhere. */
  readonly checkpoints?: string
  /** The public key, 32 bytes in hex. */
  readonly key?: string
}

/** The journal of each worker is a chain of its own: all of them must be whole. */
export function ledgerVerify(options: VerifyOptions): number {
  const [own = dataDirectory(options), ...others] = journalDirs(dataDirectory(options))
  const codes = [verifyOne({ ...options, data: own })]
  for (const dir of others) {
    if (!options.json) print(`${dir}:`)
    codes.push(verifyOne({ ...options, data: dir }))
  }
  return Math.max(...codes)
}

function verifyOne(options: VerifyOptions): number {
  return reading(options, (reader) => {
    const evidence = gatherEvidence(options, reader)
    if (!evidence.ok) {
      complain(evidence.fault)
      return 2
    }
    const verdict = evidence.value.headProblem
      ? notItsHead(reader, evidence.value.headProblem)
      : verifyLedger(reader.eachStored(), evidence.value)
    if (options.json) print(JSON.stringify(verdict))
    else for (const line of told(verdict)) (verdict.ok ? print : complain)(line)
    return verdict.ok ? 0 : 1
  })
}

/** The chain may be whole and still not be the one this gateway wrote. */
function notItsHead(reader: JournalReader, because: string): Verdict {
  const verdict = verifyLedger(reader.eachStored(), { checkpoints: [] })
  return verdict.ok ? { ok: false, entries: verdict.entries, seq: verdict.lastSeq, because } : verdict
}

function gatherEvidence(
  options: VerifyOptions,
  reader: JournalReader,
): Outcome<Evidence & { readonly headProblem?: string }, string> {
  const dir = dataDirectory(options)
  const checkpoints = readCheckpoints(options.checkpoints ?? checkpointsFile(dir), options.checkpoints)
  if (!checkpoints.ok) return checkpoints
  if (options.key !== undefined && !/^[0-9a-f]{64}$/.test(options.key))
    return failed('--key must be 32 bytes in hex, as `ledger key` prints them')
  const ownKey = readCheckpointPublicKey(dir)
  const publicKey = options.key ?? (ownKey && publicKeyHex(ownKey))
  const head = readHead(dir, reader)
  return done({
    checkpoints: checkpoints.value,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(typeof head === 'string' ? { headProblem: head } : head && { head }),
  })
}

function readHead(dir: string, reader: JournalReader) {
  const key = readInstallationKey(dir)
  const text = reader.meta('head')
  const journalId = reader.meta('journalId')
  if (key === undefined || journalId === undefined || text === undefined) return undefined
  return createHeadSeal(key).open(journalId, text) ?? 'the writer’s note of its last entry was changed'
}

/** A line that is no checkpoint is left: it may have been cut off by a loss of power. */
export function readCheckpoints(
  file: string,
  given: string | undefined,
): Outcome<SignedCheckpoint[], string> {
  try {
    return done(
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line) => readCheckpoint(line) ?? []),
    )
  } catch (error) {
    return given === undefined ? done([]) : failed(`${given} cannot be read: ${String(error)}`)
  }
}

function told(verdict: Verdict): readonly string[] {
  if (!verdict.ok) {
    const { seq, untilSeq, because, entries } = verdict
    const which =
      untilSeq === undefined || untilSeq === seq ? `Entry ${seq}` : `An entry from ${seq} to ${untilSeq}`
    return [`${which} is the first bad one: ${because}. ${entries} entries before it are whole.`]
  }
  const { entries, checkpoints, coveredThrough, signatures, removedThrough, otherJournals } = verdict
  return [
    `The chain is whole: ${entries} entries.`,
    checkpoints > 0
      ? `${checkpoints} checkpoints fit (signatures ${signatures}), the last over entry ${coveredThrough}.`
      : 'No checkpoint was found: a ledger that was written anew as a whole would look the same.',
    ...(removedThrough > 0
      ? [`Entries up to ${removedThrough} were removed by retention, as the ledger notes.`]
      : []),
    ...otherJournals.map(
      (id) => `There are checkpoints of another ledger, ${id}, whose entries are not here.`,
    ),
  ]
}

/** The public key of the checkpoints, for whoever keeps them. */
export function ledgerKey(options: CommonOptions): number {
  const dir = dataDirectory(options)
  const key = readCheckpointPublicKey(dir)
  if (key === undefined) {
    complain(`there is no key in ${dir} yet: start the gateway once, or name another directory with --data`)
    return 1
  }
  const hex = publicKeyHex(key)
  const pem = String(key.export({ type: 'spki', format: 'pem' }))
  print(options.json ? JSON.stringify({ algorithm: 'Ed25519', hex, pem }) : hex)
  return 0
}
