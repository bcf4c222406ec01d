/** The gateway as users run it: a process of its own, a configuration file, a data directory. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnvironment } from '../child-environment.ts'

const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'src/cli/main.ts')
const flags = ['--disable-warning=ExperimentalWarning']

export interface GatewayProcess {
  readonly url: string
  readonly dir: string
  readonly process: ChildProcess
  /** Everything it wrote to stderr. */
  errors(): string
  /** Exit code after SIGTERM; the data directory is kept for `ledger`. */
  end(): Promise<number | null>
  kill(): Promise<void>
  ledger(...args: readonly string[]): string
  remove(): void
}

/** Runs a command to its end. Provider keys of this machine are not passed on. */
export function runCli(args: readonly string[], env: Record<string, string> = {}, cwd = root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, main, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...childEnvironment, ...env },
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
}

/** `config` is the file's text; without it the gateway starts as on a machine with no keys. */
export async function startGateway(
  config?: string,
  options: {
    readonly env?: Record<string, string>
    readonly dir?: string
    readonly args?: readonly string[]
  } = {},
): Promise<GatewayProcess> {
  const dir = options.dir ?? temporaryDirectory()
  const file = join(dir, 'gateway.yaml')
  if (config !== undefined) writeFileSync(file, config)
  const args = [
    'serve',
    '--port',
    '0',
    '--quiet',
    '--data',
    join(dir, 'data'),
    ...(config === undefined ? [] : ['--config', file]),
    ...(options.args ?? []),
  ]
  const child = spawn(process.execPath, [...flags, main, ...args], {
    cwd: dir,
    env: { ...childEnvironment, ...options.env },
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = await Promise.race([
    firstLine(child),
    ended.then((code) => Promise.reject(new Error(`exit ${code}: ${errors}`))),
  ])
  return {
    url,
    dir,
    process: child,
    errors: () => errors,
    end() {
      child.kill('SIGTERM')
      return ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    ledger: (...rest) => runCli(['ledger', ...rest, '--data', join(dir, 'data'), '--json']).stdout,
    remove() {
      // After a test that failed it may still run, and its file would never end.
      child.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end > 0) resolve(text.slice(0, end))
    })
  })
}
