/** What a worker of several does otherwise than a gateway alone. */

import { createServer, type RequestListener, type Server } from 'node:http'
import { Socket, type Server as SocketServer } from 'node:net'
import { systemClock } from '../../base/clock.ts'
import type { HealthOrder } from '../../server/health/health-order.ts'
import { openLine, type PassedOrder, type Ready, readMessage, type Taken } from './ipc.ts'
import { type FirstWorker, openFirstWorker } from './pass-to-first.ts'
import { type SharedStores, sharedOver } from './shared-by-workers.ts'

export interface AsWorker {
  /** From 1. */
  readonly number: number
  readonly shared: SharedStores
  /** Absent in the first. */
  readonly first?: FirstWorker
  /** Serves connections that the leader hands over: the public address is the leader's. */
  serve(server: SocketServer): void
  /** The first listens for the others beside its public address. */
  listenForOthers(handler: RequestListener): Promise<void>
  /** The others are to do the same. */
  passOn(order: HealthOrder): void
  /** What others were told, from their first order on, whenever this is called. */
  followOrders(carryOut: (order: HealthOrder) => void): void
  close(): Promise<void>
}

/** Longest wait for the leader, ms: it is a process of this machine, and may be busy. */
const waitMs = 1_000

/** Undefined in a gateway that is alone. */
export function asWorker(number: string | undefined): AsWorker | undefined {
  if (number === undefined || process.send === undefined) return undefined
  endWithLeader()
  const own = Number(number)
  let origin: string | undefined
  const early: HealthOrder[] = []
  let carryOut = (order: HealthOrder): void => {
    early.push(order)
  }
  process.on('message', (value: unknown) => {
    const message = readMessage(value)
    if (message?.kind === 'first') origin = message.origin
    if (message?.kind === 'order') carryOut(message.order)
  })
  const first = own > 1 ? openFirstWorker(() => origin) : undefined
  let server: Server | undefined
  return {
    number: own,
    shared: sharedOver(openLine(process, systemClock, waitMs)),
    ...(first ? { first } : {}),
    serve: serveHanded,
    async listenForOthers(handler) {
      if (own !== 1) return
      server = createServer(handler)
      await new Promise<void>((resolve) => {
        server?.listen({ host: '127.0.0.1', port: 0 }, () => resolve())
      })
      const bound = server.address()
      const port = typeof bound === 'object' ? bound?.port : bound
      process.send?.({ kind: 'first', origin: `http://127.0.0.1:${port}` })
    },
    passOn(order) {
      const message: PassedOrder = { kind: 'order', order }
      process.send?.(message)
    },
    followOrders(follow) {
      carryOut = follow
      for (const order of early) follow(order)
    },
    async close() {
      server?.closeAllConnections()
      server?.close()
      await first?.close()
    },
  }
}

/** A server that never listens itself: it is told that it does, so that it watches over the time limits of its connections. */
function serveHanded(server: SocketServer): void {
  server.emit('listening')
  process.on('message', (value: unknown, socket: unknown) => {
    const message = readMessage(value)
    if (message?.kind !== 'connection') return
    const taken: Taken = { kind: 'taken', id: message.id }
    process.send?.(taken)
    if (!(socket instanceof Socket)) return
    // As sockets are that a server of HTTP accepts: who has sent all may still read.
    socket.allowHalfOpen = true
    server.emit('connection', socket)
  })
  const ready: Ready = { kind: 'ready' }
  process.send?.(ready)
}

/** Without its leader nobody hands it anything more: it ends as if it were told to. */
function endWithLeader(): void {
  process.once('disconnect', () => {
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1)
  })
}
