/** A real Redis of the machine's own package, on a free port, for tests; absent where none is installed. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** For the `skip` of tests. */
export const skipWithoutRedis = hasRedis ? false : 'redis-server is not installed on this machine'

export interface RedisProcess {
  readonly url: string
  readonly port: number
  /** It accepts and answers nothing. */
  stop(): void
  goOn(): void
  kill(): Promise<void>
  /** A new one on the same port, empty. */
  startAgain(args?: readonly string[]): Promise<void>
  /** What `redis-cli` prints. */
  cli(...args: readonly string[]): string
  close(): Promise<void>
}

export async function startRedis(args: readonly string[] = []): Promise<RedisProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-redis-'))
  const port = await freePort()
  let child = await run(port, dir, args)
  const end = () =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    stop: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill: end,
    async startAgain(again = args) {
      child = await run(port, dir, again)
    },
    cli: (...rest) =>
      spawnSync('redis-cli', ['-p', String(port), ...rest], { encoding: 'utf8' }).stdout.trim(),
    async close() {
      await end()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function run(port: number, dir: string, args: readonly string[]): Promise<ChildProcess> {
  const own = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    dir,
  ]
  const child = spawn('redis-server', [...own, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Ready to accept connections')) resolve()
    })
  })
  return child
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
