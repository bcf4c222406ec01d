/** Many test files in one process: each alone would read the same modules anew, which takes longer than its tests. */

import { globSync } from 'node:fs'
import { before } from 'node:test'

const root = new URL('../..', import.meta.url).pathname

/** Folders whose files neither wait nor leave anything behind, so that they can run one after the other in a process. */
export const together = { units: 'src/', scenarios: 'test/scenario/', clients: 'test/sdk/' } as const

/** No test begins before all files are read: reading them would stop its clocks. */
export async function importTests(folder: string): Promise<void> {
  const { promise: areRead, resolve } = Promise.withResolvers<void>()
  before(() => areRead)
  const files = globSync(`${folder}**/*.test.ts`, { cwd: root, exclude: ['**/*.long.test.ts'] })
  for (const file of files.sort()) await import(root + file)
  resolve()
}
