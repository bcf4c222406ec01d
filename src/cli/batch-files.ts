/** What is wrong with the files of `batch run`, before anything is asked. */

import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

export interface BatchFiles {
  /** Requests. */
  readonly file: string
  /** Results. */
  readonly out: string
  readonly resume?: boolean
}

/** In words, with what to do; undefined where the run can begin. Nothing is made or changed. */
export function wrongFiles({ file, out, resume }: BatchFiles): string | undefined {
  if (!may(file, constants.R_OK)) return `${file} cannot be read`
  if (statSync(file).isDirectory()) return `${file} is a directory: name the file with the requests`
  const dir = dirname(resolve(out))
  if (!existsSync(dir)) return `there is no directory ${dir} for --out: make it, or name another file`
  if (!existsSync(out))
    return may(dir, constants.W_OK) ? undefined : `${dir} cannot be written: name another file with --out`
  if (realpathSync(out) === realpathSync(file))
    return '--out is the file with the requests: name another for the results'
  if (statSync(out).isDirectory()) return `${out} is a directory: name a file for the results`
  if (!resume) return `${out} exists: --resume goes on with it, or name another file`
  return may(out, constants.R_OK | constants.W_OK) ? undefined : `${out} cannot be read and written`
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
