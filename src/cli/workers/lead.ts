/** Leads the workers of one machine: starts them, starts again who dies, shares what they share, and ends them. */

import cluster, { type Worker } from 'node:cluster'
import { systemClock } from '../../base/clock.ts'
import type { Config } from '../../config/config.ts'
import { complain } from '../options.ts'
import { readMessage } from './ipc.ts'
import { openNotices } from './notices.ts'
import { openLeaderStores } from './shared-by-workers.ts'
import { prepareWorkerDirs } from './worker-dirs.ts'

export interface LeadOptions {
  readonly workers: number
  readonly config: Config
  readonly dataDir: string
  /** Told once, when every worker listens. */
  readonly onListening: (address: string) => void
}

/** A worker that dies at once is started again ever later, at most after so long, ms. */
const longestPauseMs = 10_000
const wellAfterMs = 30_000

/** Resolves with the exit code when all workers have ended. */
export async function lead({ workers, config, dataDir, onListening }: LeadOptions): Promise<number> {
  prepareWorkerDirs(dataDir, workers)
  cluster.setupPrimary({ serialization: 'advanced' })
  const stores = openLeaderStores(config.cache, systemClock)
  const listening = new Set<number>()
  const live = new Map<number, Worker>()
  const notices = openNotices(live)
  let isEnding = false
  let deaths = 0
  let wasRefused = false
  let end = (_code: number) => {}
  const ended = new Promise<number>((resolve) => {
    end = resolve
  })
  const start = (number: number) => {
    const worker = cluster.fork({ ADAPTIVE_MIND_WORKER: String(number) })
    const startedMs = systemClock.monoMs()
    live.set(number, worker)
    worker.on('message', (value: unknown) => {
      const message = readMessage(value)
      if (message?.kind === 'ask')
        worker.send({ kind: 'answer', id: message.id, value: stores.answer(message) })
      if (message) notices.hear(message, worker)
    })
    worker.once('online', () => notices.greet(worker, number))
    worker.once('listening', ({ address, port }) => {
      if (listening.has(number) || isEnding) return
      listening.add(number)
      if (listening.size === workers) onListening(addressText(config, address, port))
    })
    worker.once('exit', (code, signal) => {
      live.delete(number)
      if (isEnding || wasRefused) return void (live.size === 0 && end(wasRefused ? 1 : 0))
      if (!listening.has(number)) {
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

function addressText({ server }: Config, address: string | null, port: number): string {
  const host = address ?? server.host
  return `${server.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
