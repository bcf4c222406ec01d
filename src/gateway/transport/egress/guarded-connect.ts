/** Connects only to addresses that were looked at: the resolved ones are checked, and the socket is held to them. */

import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { type buildConnector, buildConnector as connectorOf } from 'undici'
import { addressProblem } from './wire-address.ts'

/** As `dns.lookup`, for all addresses. */
export type Resolve = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void

export interface GuardOptions {
  readonly local: boolean
  /** 0 for none. */
  readonly timeoutMs: number
  readonly resolve?: Resolve
}

/** The code `toConnectionFault` knows it by. */
export const egressCode = 'ERR_EGRESS_REFUSED'

class EgressError extends Error {
  readonly code = egressCode
}

const resolveAll: Resolve = (hostname, options, callback) =>
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => callback(error, addresses))

/** Each new socket resolves and is checked anew, so that a name which changes its mind gains nothing by it. */
export function guardedConnect({
  local,
  timeoutMs,
  resolve = resolveAll,
}: GuardOptions): buildConnector.connector {
  const connect = connectorOf({
    timeout: timeoutMs,
    lookup: guardedLookup(local, resolve),
  } as buildConnector.BuildOptions)
  return (options, callback) =>
    connect(options, (error, socket) => {
      if (error !== null) return callback(error, null)
      const problem = addressProblem(socket.remoteAddress ?? '', local)
      if (problem === undefined) return callback(null, socket)
      socket.destroy()
      callback(new EgressError(problem), null)
    })
}

type SocketLookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | readonly LookupAddress[], family?: number) => void,
) => void

/** One address that is refused refuses the name: which of them is tried first is chance. */
export function guardedLookup(local: boolean, resolve: Resolve): SocketLookup {
  return (hostname, options, callback) =>
    resolve(hostname, options, (error, addresses) => {
      if (error) return callback(error, [])
      const problem = addresses.map(({ address }) => addressProblem(address, local)).find((one) => one)
      const [first] = addresses
      if (problem !== undefined || first === undefined)
        return callback(new EgressError(problem ?? 'the name has no address'), [])
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
}
