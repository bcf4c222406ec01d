/** Files of the agent that are given beside a trace, by a pattern: its prompts and its evaluation cases. */

import { globSync, readFileSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'

export interface GivenFile {
  /** From the current folder, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** Of one file, and of all together. */
const mostBytes = 16_777_216

/** Every file that the pattern names, in the order of their names. A fault is the reason in words, and names `option`. */
export function readFiles(pattern: string, option: string): Outcome<readonly GivenFile[], string> {
  try {
    const paths = globSync(pattern)
      .filter((path) => statSync(path).isFile())
      .map((path) => relative(process.cwd(), path).replaceAll('\\', '/'))
      .sort()
    if (paths.length === 0) return failed(`${option}: no file is named by ${pattern}`)
    const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0)
    if (bytes > mostBytes)
      return failed(`${option}: the files named by ${pattern} are larger than 16 MB together`)
    return done(paths.map((path) => ({ path, text: readFileSync(path, 'utf8') })))
  } catch (error) {
    return failed(`${option}: cannot read ${pattern}: ${reasonOf(error)}`)
  }
}
