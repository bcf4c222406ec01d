/** Runs a bench as a process of its own and gives what it printed. */

import { execFile } from 'node:child_process'
import { loadavg } from 'node:os'
import { promisify } from 'node:util'
import { childEnvironment } from '../child-environment.ts'

const run = promisify(execFile)
const root = new URL('../..', import.meta.url).pathname

/** Its lines on standard output; `name` is that of the file in `bench/`. */
export async function runBench(name: string): Promise<string> {
  const args = ['--disable-warning=ExperimentalWarning', `${root}bench/${name}.ts`]
  const { stdout } = await run(process.execPath, args, {
    cwd: root,
    env: childEnvironment,
    timeout: 180_000,
  })
  return stdout
}

/** What else the machine does: a figure that was missed beside much of it says little. */
export const loadText = () => `load average of the last minute ${loadavg()[0]?.toFixed(1)}`
