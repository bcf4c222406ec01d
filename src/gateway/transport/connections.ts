/** Opens connections to one origin within an exact limit, and ends those that nobody waits for any more. */

import { Socket } from 'node:net'
import { type buildConnector, errors } from 'undici'

export interface Wait {
  /** The call was given a connection. */
  started(): void
  /** The call ended before it had one; where no other call waits, connections that are not open yet are closed. */
  left(): void
}

export interface Connections {
  readonly connect: buildConnector.connector
  wait(): Wait
}

/** `connectMs`: from the first packet to the end of the TLS handshake. undici's own timer is late by up to a second. */
export function openConnections(connector: buildConnector.connector, connectMs: number): Connections {
  const opening = new Set<Socket>()
  const waiting: Waiting = { calls: 0, opening }

  const connect: buildConnector.connector = (options, callback) => {
    // The connector returns its socket, which its type does not say.
    const socket: unknown = connector(options, (...result) => {
      clearTimeout(timer)
      if (socket instanceof Socket) opening.delete(socket)
      callback(...result)
    })
    if (socket instanceof Socket) opening.add(socket)
    const timer = setTimeout(() => {
      if (socket instanceof Socket) socket.destroy(new errors.ConnectTimeoutError('no connection in time'))
    }, connectMs)
    return socket
  }
  return {
    connect,
    wait: () => new OneWait(waiting),
  }
}

/** All calls to an origin that wait for a connection, and the connections that are not open yet. */
interface Waiting {
  calls: number
  readonly opening: Set<Socket>
}

/** Has identity: one call's wait. A class, for one is made for every call. */
class OneWait implements Wait {
  readonly #all: Waiting
  #isOver = false

  constructor(all: Waiting) {
    this.#all = all
    all.calls += 1
  }

  started(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#all.calls -= 1
  }

  left(): void {
    if (this.#isOver) return
    this.started()
    if (this.#all.calls > 0) return
    for (const socket of this.#all.opening) socket.destroy(new Error('nobody waits for the connection'))
  }
}
