/** Reaches providers over HTTP with one pool of connections per origin; redirects are never followed. */

import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Fault } from '../../protocol/fault.ts'
import { createByteQueue } from './byte-queue.ts'
import { toConnectionFault } from './connection-fault.ts'
import type { Transport, WireAnswer, WireCall } from './transport.ts'

export interface UndiciTransportOptions {
  readonly connectMs: number
  /** Connections per origin; 512 by default. */
  readonly connections?: number
  /** Proxies between here and the providers; absent means none. */
  readonly proxies?: Proxies
}

export interface Proxies {
  readonly httpProxy?: string
  readonly httpsProxy?: string
  /** Hosts that are reached directly, with commas between. */
  readonly noProxy?: string
}

export function createUndiciTransport(options: UndiciTransportOptions): Transport {
  const pools = new Map<string, Dispatcher>()
  const poolOf = (origin: string): Dispatcher => {
    const known = pools.get(origin)
    if (known) return known
    const pool = openPool(origin, options)
    pools.set(origin, pool)
    return pool
  }
  return {
    send: (call) => dispatch(poolOf, call),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

function openPool(
  origin: string,
  { connections = 512, connectMs, proxies }: UndiciTransportOptions,
): Dispatcher {
  const settings = {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    connect: { timeout: connectMs },
  }
  return proxies ? new EnvHttpProxyAgent({ ...settings, ...proxies }) : new Pool(origin, settings)
}

function dispatch(
  poolOf: (origin: string) => Dispatcher,
  call: WireCall,
): Promise<Outcome<WireAnswer, Fault>> {
  const url = new URL(call.baseUrl + call.path)
  return new Promise((resolve) => {
    const handler = answerHandler(call.signal, resolve)
    const request = {
      origin: url.origin,
      method: 'POST',
      path: url.pathname + url.search,
      headers: call.headers,
      body: call.body,
    } as const
    try {
      poolOf(url.origin).dispatch(request, handler)
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
