/** Measures the data directory, and tries to write there. */

import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { journalFile } from '../../record/data-directory.ts'
import { openLedgerReader } from '../../record/ledger-reader.ts'
import { type Finding, fine, wrong } from './finding.ts'
import { judgeDisk } from './judge-disk.ts'

/** Enough for a page of every store. */
const trialBytes = 262_144

export function lookAtDisk(dir: string): readonly Finding[] {
  const writeError = tryToWrite(dir)
  const journal = journalFile(dir)
  const disk = judgeDisk({
    dir,
    journalBytes: existsSync(journal) ? statSync(journal).size : 0,
    ...freeOf(dir),
    ...(writeError === undefined ? {} : { writeError }),
  })
  return [disk, ...lookAtLedger(dir)]
}

function tryToWrite(dir: string): string | undefined {
  const file = join(dir, `.doctor-${process.pid}`)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    return codeOf(error)
  }
  try {
    writeFileSync(file, Buffer.alloc(trialBytes), { flush: true })
    return undefined
  } catch (error) {
    return codeOf(error)
  } finally {
    rmSync(file, { force: true })
  }
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

function freeOf(dir: string): { readonly freeBytes?: number } {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return { freeBytes: bavail * bsize }
  } catch {
    return {}
  }
}

function lookAtLedger(dir: string): readonly Finding[] {
  if (!existsSync(journalFile(dir))) return [fine('ledger', 'none yet: it is made with the first start')]
  const reader = openLedgerReader(dir)
  if (!reader.ok)
    return [
      wrong(
        'ledger',
        reader.fault,
        'See docs/ledger.md; `adaptive-mind ledger verify` names the first bad entry.',
      ),
    ]
  try {
    const [newest] = reader.value.list({ limit: 1 })
    return [
      fine('ledger', newest ? `it can be read; its newest entry is of ${newest.atUtc}` : 'it can be read'),
    ]
  } finally {
    reader.value.close()
  }
}
