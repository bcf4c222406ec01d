/** Processes beside a bench: each tells what to know of it in its first line, and all end with the bench. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ChildPlace {
  /** Its working directory; the bench's own where absent. */
  readonly cwd?: string
  /** The core it is held to, where the machine can do that. */
  readonly core?: 0 | 1
}

export interface Child {
  /** The first it printed. */
  readonly line: string
  readonly pid: number
}

/** Whether processes can be held to one core. */
export const canPin = spawnSync('taskset', ['--version']).status === 0

const children: ChildProcess[] = []

/** What `npm start` gives to Node: as many helper threads as there are cores for them. */
const nodeOptions = ['--disable-warning=ExperimentalWarning', '--v8-pool-size=0']

/** Node with a script and its arguments; rejects where it ends before it says something. */
export function startNode(args: readonly string[], { cwd, core }: ChildPlace = {}): Promise<Child> {
  const node = [process.execPath, ...nodeOptions, ...args]
  const [command = '', ...rest] =
    core !== undefined && canPin ? ['taskset', '-c', String(core), ...node] : node
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], cwd })
  endWithBench(child)
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    createInterface(child.stdout).once('line', (line) => resolve({ line, pid: child.pid ?? 0 }))
  })
}

/** A script of this folder, by its name. */
export const startScript = (name: string, args: readonly string[] = []): Promise<Child> =>
  startNode([new URL(name, import.meta.url).pathname, ...args])

export const endWithBench = (child: ChildProcess): void => void children.push(child)

/** Resolves when all have ended. */
export async function endChildren(): Promise<void> {
  const ended = children.splice(0).map(async (child) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await new Promise((resolve) => child.once('exit', resolve))
  })
  await Promise.all(ended)
}
