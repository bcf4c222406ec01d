/** Whether the data directory can be written and for how long, from what was measured of it. */

import { type Finding, fine, notice, wrong } from './finding.ts'

export interface Disk {
  readonly dir: string
  /** Absent where the file system does not tell. */
  readonly freeBytes?: number
  readonly journalBytes: number
  /** The error code of a file that was written on trial: `ENOSPC`, `EACCES`. */
  readonly writeError?: string
}

const what = 'data directory'
const lowBytes = 1_073_741_824
const emptyBytes = 67_108_864

export function judgeDisk({ dir, freeBytes, journalBytes, writeError }: Disk): Finding {
  const free = freeBytes === undefined ? '' : `, ${size(freeBytes)} free`
  if (writeError === 'ENOSPC' || writeError === 'EDQUOT')
    return wrong(
      what,
      `the disk of ${dir} is full`,
      'Free space, or move the directory with --data. Old entries go by themselves with retention: in the configuration.',
    )
  if (writeError === 'EACCES' || writeError === 'EPERM' || writeError === 'EROFS')
    return wrong(
      what,
      `${dir} cannot be written (${writeError})`,
      'Give this user the right to write there, or choose another directory with --data.',
    )
  if (writeError === 'EEXIST' || writeError === 'ENOTDIR')
    return wrong(what, `a file stands where ${dir} should be`, 'Choose another directory with --data.')
  if (writeError !== undefined)
    return wrong(what, `${dir} cannot be written (${writeError})`, 'Choose another directory with --data.')
  if (freeBytes !== undefined && freeBytes < emptyBytes)
    return wrong(
      what,
      `the disk of ${dir} is nearly full${free}`,
      'Free space before entries can no longer be written.',
    )
  if (freeBytes !== undefined && freeBytes < lowBytes)
    return notice(
      what,
      `${dir} can be written${free}`,
      `The ledger grows by some kilobytes a request; it has ${size(journalBytes)} now.`,
    )
  return fine(what, `${dir} can be written${free}; the ledger has ${size(journalBytes)}`)
}

export function size(bytes: number): string {
  if (bytes >= 1_073_741_824) return `${(bytes / 1_073_741_824).toFixed(1)} GB`
  if (bytes >= 1_048_576) return `${(bytes / 1_048_576).toFixed(1)} MB`
  return `${Math.ceil(bytes / 1_024)} kB`
}
