/** Leads the workers of one machine: starts them, starts again who dies, shares what they share, and ends them. */

import { type ChildProcess, fork } from 'node:child_process'
import { systemClock } from '../../base/clock.ts'
import type { Config } from '../../config/config.ts'
import { complain } from '../options.ts'
import { type Door, openDoor } from './door.ts'
import { type Message, readMessage } from './ipc.ts'
import { openNotices } from './notices.ts'
import { openLeaderStores } from './shared-by-workers.ts'
import { prepareWorkerDirs } from './worker-dirs.ts'

export interface LeadOptions {
  readonly workers: number
  readonly config: Config
  readonly dataDir: string
  /** Told once, when every worker serves. */
  readonly onListening: (address: string) => void
}

/** A worker that dies at once is started again ever later, at most after so long, ms. */
const longestPauseMs = 10_000
const wellAfterMs = 30_000

/** Resolves with the exit code when all workers have ended. */
export async function lead(options: LeadOptions): Promise<number> {
  const { workers, config, dataDir } = options
  const door = openDoor(config.server)
  const port = await door.listen()
  if (!port.ok) {
    complain(port.fault)
    return 1
  }
  prepareWorkerDirs(dataDir, workers)
  return await keep(options, door, port.value)
}

async function keep({ workers, config, onListening }: LeadOptions, door: Door, port: number) {
  const stores = openLeaderStores(config.cache, systemClock)
  const serving = new Set<number>()
  const live = new Map<number, ChildProcess>()
  const notices = openNotices(live)
  let isEnding = false
  let deaths = 0
  let wasRefused = false
  let end = (_code: number) => {}
  const ended = new Promise<number>((resolve) => {
    end = resolve
  })
  const hear = (message: Message, worker: ChildProcess, number: number) => {
    if (message.kind === 'taken') return door.taken(number, message.id)
    if (message.kind === 'ask')
      return void worker.send({ kind: 'answer', id: message.id, value: stores.answer(message) })
    notices.hear(message, worker)
    if (message.kind !== 'ready') return
    door.admit(number, worker)
    if (serving.has(number) || isEnding) return
    serving.add(number)
    if (serving.size === workers) onListening(addressText(config, port))
  }
  const start = (number: number) => {
    const worker = startWorker(number)
    const startedMs = systemClock.monoMs()
    live.set(number, worker)
    worker.on('message', (value: unknown) => {
      const message = readMessage(value)
      if (message) hear(message, worker, number)
    })
    notices.greet(worker, number)
    worker.once('exit', (code, signal) => {
      live.delete(number)
      door.dismiss(number)
      if (isEnding || wasRefused) return void (live.size === 0 && end(wasRefused ? 1 : 0))
      if (!serving.has(number)) {
        // It has said why; the others would say the same.
        wasRefused = true
        for (const other of live.values()) other.kill('SIGTERM')
        return void (live.size === 0 && end(1))
      }
      deaths = systemClock.monoMs() - startedMs > wellAfterMs ? 1 : deaths + 1
      complain(`worker ${number} ended (${signal ?? code}): it is started again`)
      systemClock.after(Math.min(longestPauseMs, 100 * 2 ** deaths), () => !isEnding && start(number))
    })
  }
  const stop = () => {
    isEnding = true
    for (const worker of live.values()) worker.kill('SIGTERM')
    if (live.size === 0) end(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  for (let number = 1; number <= workers; number += 1) start(number)
  return await ended
}

/** The same command in a process of its own. What is sent to one that is ending is lost without a word. */
function startWorker(number: number): ChildProcess {
  const worker = fork(process.argv[1] ?? '', process.argv.slice(2), {
    env: { ...process.env, ADAPTIVE_MIND_WORKER: String(number) },
    serialization: 'advanced',
  })
  worker.on('error', () => {})
  return worker
}

function addressText({ server: { host, tls } }: Config, port: number): string {
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
