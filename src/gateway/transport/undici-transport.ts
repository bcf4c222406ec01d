/** The one way out: reaches providers over HTTP with one pool of connections per origin; redirects are never followed. */

import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { createByteQueue } from './byte-queue.ts'
import { toConnectionFault } from './connection-fault.ts'
import { guardedConnect, type Resolve } from './egress/guarded-connect.ts'
import { readBase, type WireAddress, wireAddress } from './egress/wire-address.ts'
import type { Transport, WireAnswer, WireCall } from './transport.ts'

export interface UndiciTransportOptions {
  readonly connectMs: number
  /** Connections per origin; 512 by default. */
  readonly connections?: number
  /** Proxies between here and the providers; absent means none. */
  readonly proxies?: Proxies
  /** Turns names into addresses; the system's way by default. A proxy resolves by itself. */
  readonly resolve?: Resolve
}

export interface Proxies {
  readonly httpProxy?: string
  readonly httpsProxy?: string
  /** Hosts that are reached directly, with commas between. */
  readonly noProxy?: string
}

export function createUndiciTransport(options: UndiciTransportOptions): Transport {
  const pools = new Map<string, Dispatcher>()
  const bases = new Map<string, ReturnType<typeof readBase>>()
  const baseOf = ({ baseUrl, local }: WireCall) => {
    const name = `${local} ${baseUrl}`
    const known = bases.get(name)
    if (known) return known
    const base = readBase(baseUrl, local)
    bases.set(name, base)
    return base
  }
  const poolOf: PoolOf = (origin, local) => {
    const name = `${local} ${origin}`
    const known = pools.get(name)
    if (known) return known
    const pool = openPool(origin, local, options)
    pools.set(name, pool)
    return pool
  }
  return {
    send(call) {
      const base = baseOf(call)
      const address = base.ok ? wireAddress(base.value, call.path) : base
      if (!address.ok) return Promise.resolve(failed(makeFault('egress_refused', address.fault)))
      return dispatch(poolOf(address.value.origin, call.local), call, address.value)
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

/** A local provider's connections are not lent to one that is not. */
type PoolOf = (origin: string, local: boolean) => Dispatcher

function openPool(
  origin: string,
  local: boolean,
  { connections = 512, connectMs, proxies, resolve }: UndiciTransportOptions,
): Dispatcher {
  const settings = {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    connect: guardedConnect({ local, timeoutMs: connectMs, ...(resolve ? { resolve } : {}) }),
  }
  return proxies ? new EnvHttpProxyAgent({ ...settings, ...proxies }) : new Pool(origin, settings)
}

function dispatch(
  pool: Dispatcher,
  call: WireCall,
  { origin, path }: WireAddress,
): Promise<Outcome<WireAnswer, Fault>> {
  return new Promise((resolve) => {
    const handler = answerHandler(call.signal, resolve)
    const request = {
      origin,
      method: 'POST',
      path,
      headers: call.headers,
      body: call.body,
    } as const
    try {
      pool.dispatch(request, handler)
    } catch (error) {
      resolve(failed(toConnectionFault(error)))
    }
  })
}

/** Turns the pool's callbacks into one answer whose body waits for its reader. */
function answerHandler(
  signal: AbortSignal,
  resolve: (outcome: Outcome<WireAnswer, Fault>) => void,
): Dispatcher.DispatchHandler {
  let controller: Dispatcher.DispatchController | undefined
  const abort = () => controller?.abort(new DOMException('the call was ended', 'AbortError'))
  const queue = createByteQueue({
    pause: () => controller?.pause(),
    resume: () => controller?.resume(),
    abandon: abort,
  })
  const settle = () => signal.removeEventListener('abort', abort)
  signal.addEventListener('abort', abort, { once: true })
  return {
    onRequestStart(started) {
      controller = started
      if (signal.aborted) abort()
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return
      resolve(done({ status, headers: flatHeaders(headers), body: queue.bytes }))
    },
    onResponseData(_controller, chunk) {
      queue.push(chunk)
    },
    onResponseEnd() {
      settle()
      queue.end()
    },
    onResponseError(_controller, error) {
      settle()
      resolve(failed(toConnectionFault(error)))
      queue.fail(error)
    },
  }
}

function flatHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? (value[0] ?? '') : value
  return flat
}
