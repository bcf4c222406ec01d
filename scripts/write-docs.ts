/** Writes the generated pages: `docs/configuration.md` and `docs/faults.md`. `--check` only compares. */

import { readFileSync, writeFileSync } from 'node:fs'
import { configurationPage } from './configuration-page.ts'
import { faultsPage } from './faults-page.ts'

export const pages: readonly [path: string, text: string][] = [
  ['docs/configuration.md', configurationPage()],
  ['docs/faults.md', faultsPage()],
]

const root = new URL('..', import.meta.url)
if (import.meta.main) {
  for (const [path, text] of pages) {
    if (!process.argv.includes('--check')) writeFileSync(new URL(path, root), text)
    else if (readFileSync(new URL(path, root), 'utf8') !== text) {
      process.stderr.write(`${path} is out of date: npm run docs\n`)
      process.exitCode = 1
    }
  }
}
