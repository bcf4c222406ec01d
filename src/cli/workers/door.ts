/** Takes the connections of the public address and hands each to a worker, in turn. */

import type { ChildProcess } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { createServer, type Socket } from 'node:net'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { portTrouble } from '../options.ts'
import type { HandedOver } from './ipc.ts'
import { nextWorker } from './next-worker.ts'

export interface Door {
  /** Resolves with the port that was bound; a fault is the reason in words, with a remedy. */
  listen(): Promise<Outcome<number, string>>
  admit(number: number, worker: ChildProcess): void
  /** What was on its way to it is reset: whoever asks is told at once that nobody answers. */
  dismiss(number: number): void
  /** The worker holds the connection now. */
  taken(number: number, connection: number): void
}

interface Taking {
  readonly worker: ChildProcess
  readonly underway: Map<number, Socket>
}

/** Connections stay held here until a worker has said that it has them: one that dies between leaves none unanswered. */
export function openDoor({ host, port }: { readonly host: string; readonly port: number }): Door {
  const takers = new Map<number, Taking>()
  const waiting: Socket[] = []
  let last = 0
  let handed = 0
  const next = () => {
    const list = [...takers].map(([number, { underway }]) => ({ number, underway: underway.size }))
    return nextWorker(
      list.sort((one, other) => one.number - other.number),
      last,
    )
  }
  const handOut = () => {
    for (let number = next(); number !== undefined && waiting.length > 0; number = next()) {
      const taking = takers.get(number)
      const socket = waiting.shift()
      if (!taking || !socket) return
      last = number
      handed += 1
      taking.underway.set(handed, socket)
      const message: HandedOver = { kind: 'connection', id: handed }
      // Where it cannot be sent the worker is ending, and its end is told.
      taking.worker.send(message, socket, { keepOpen: true }, () => {})
    }
  }
  const arrive = (socket: Socket) => {
    socket.on('error', () => {})
    if (takers.size === 0) return void socket.resetAndDestroy()
    waiting.push(socket)
    handOut()
  }
  return {
    listen: () => listenAt(arrive, host, port),
    admit(number, worker) {
      takers.set(number, { worker, underway: new Map() })
      handOut()
    },
    dismiss(number) {
      const taking = takers.get(number)
      takers.delete(number)
      for (const socket of taking?.underway.values() ?? []) socket.resetAndDestroy()
      if (takers.size > 0) handOut()
      else for (const socket of waiting.splice(0)) socket.resetAndDestroy()
    },
    taken(number, connection) {
      const underway = takers.get(number)?.underway
      underway?.get(connection)?.destroy()
      underway?.delete(connection)
      handOut()
    },
  }
}

async function listenAt(
  arrive: (socket: Socket) => void,
  host: string,
  port: number,
): Promise<Outcome<number, string>> {
  const [first = host, ...others] = host === 'localhost' ? await addressesOf(host) : [host]
  const bound = await listenOn(arrive, first, port)
  if (!bound.ok) return failed(portTrouble(bound.fault, { host, port }))
  // `localhost` may have two addresses, and callers use either; one that cannot be bound is not missed.
  for (const other of others) await listenOn(arrive, other, bound.value)
  return bound
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch(() => [])
  return [...new Set(found.map(({ address }) => address))]
}

function listenOn(
  arrive: (socket: Socket) => void,
  host: string,
  port: number,
): Promise<Outcome<number, unknown>> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, arrive)
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(failed(error)))
    server.listen({ host, port }, () => {
      server.on('error', () => {})
      const bound = server.address()
      resolve(done(typeof bound === 'object' && bound ? bound.port : port))
    })
  })
}
