/** What a worker of several does otherwise than a gateway alone. */

import { createServer, type RequestListener, type Server } from 'node:http'
import { systemClock } from '../../base/clock.ts'
import { openLine, readMessage } from './ipc.ts'
import { type FirstWorker, openFirstWorker } from './pass-to-first.ts'
import { type SharedStores, sharedOver } from './shared-by-workers.ts'

export interface AsWorker {
  /** From 1. */
  readonly number: number
  readonly shared: SharedStores
  /** Absent in the first. */
  readonly first?: FirstWorker
  /** The first listens for the others beside its public address. */
  listenForOthers(handler: RequestListener): Promise<void>
  close(): Promise<void>
}

/** Longest wait for the leader, ms: it is a process of this machine, and may be busy. */
const waitMs = 1_000

/** Undefined in a gateway that is alone. */
export function asWorker(number: string | undefined): AsWorker | undefined {
  if (number === undefined || process.send === undefined) return undefined
  const own = Number(number)
  let origin: string | undefined
  process.on('message', (value: unknown) => {
    const message = readMessage(value)
    if (message?.kind === 'first') origin = message.origin
  })
  const first = own > 1 ? openFirstWorker(() => origin) : undefined
  let server: Server | undefined
  return {
    number: own,
    shared: sharedOver(openLine(process, systemClock, waitMs)),
    ...(first ? { first } : {}),
    async listenForOthers(handler) {
      if (own !== 1) return
      server = createServer(handler)
      await new Promise<void>((resolve) => {
        server?.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => resolve())
      })
      const bound = server.address()
      const port = typeof bound === 'object' ? bound?.port : bound
      process.send?.({ kind: 'first', origin: `http://127.0.0.1:${port}` })
    },
    async close() {
      server?.closeAllConnections()
      server?.close()
      await first?.close()
    },
  }
}
