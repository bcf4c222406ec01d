/** The one way out: reaches providers over HTTP with one pool of connections per origin; redirects are never followed. */

import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import { createTurnstile } from '../../base/turnstile.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { ByteQueue, type ByteQueueHooks } from './byte-queue.ts'
import { toConnectionFault } from './connection-fault.ts'
import { type Connections, openConnections, type Wait } from './connections.ts'
import { guardedConnect, type Resolve } from './egress/guarded-connect.ts'
import { readBase, type WireAddress, wireAddress } from './egress/wire-address.ts'
import type { Transport, WireAnswer, WireCall } from './transport.ts'

export interface UndiciTransportOptions {
  readonly connectMs: number
  /** Connections per origin, and so streams at a time; 4,096 by default. */
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
  const origins = new Map<string, Origin>()
  const originOf = (address: string, { local, connectMs = options.connectMs }: WireCall) => {
    const name = `${local} ${connectMs} ${address}`
    const known = origins.get(name)
    if (known) return known
    const origin = openOrigin(address, local, { ...options, connectMs })
    origins.set(name, origin)
    return origin
  }
  const findWay = (call: WireCall): Outcome<Way, string> => {
    const base = readBase(call.baseUrl, call.local)
    const address = base.ok ? wireAddress(base.value, call.path) : base
    if (!address.ok) return address
    const { local, connectMs } = call
    return done({ address: address.value, origin: originOf(address.value.origin, call), local, connectMs })
  }
  const ways = new KnownWays()
  return {
    send(call) {
      const known = ways.of(call)
      const way = known ? done(known) : findWay(call)
      if (!way.ok) return Promise.resolve(failed(makeFault('egress_refused', way.fault)))
      if (!known) ways.keep(call, way.value)
      if (call.signal.aborted) return Promise.resolve(failed(toConnectionFault(ended())))
      return dispatch(way.value, call)
    },
    async close() {
      await Promise.all([...origins.values()].map(({ pool }) => pool.destroy()))
    },
  }
}

interface Origin {
  readonly pool: Dispatcher
  /** Undefined behind a proxy, which opens its connections itself. */
  readonly connections: Connections | undefined
}

/** Where a call goes. A local provider's connections are not lent to one that is not; and calls with different limits do not share them. */
interface Way {
  readonly address: WireAddress
  readonly origin: Origin
  readonly local: boolean
  readonly connectMs: number | undefined
}

/** Paths may hold the name of a model. */
const mostWays = 1_000

/** Has identity: ways that were checked once, so that the next call of their kind need not be. */
class KnownWays {
  readonly #byBase = new Map<string, Map<string, Way>>()
  #kept = 0

  of({ baseUrl, path, local, connectMs }: WireCall): Way | undefined {
    const way = this.#byBase.get(baseUrl)?.get(path)
    return way?.local === local && way.connectMs === connectMs ? way : undefined
  }

  keep({ baseUrl, path }: WireCall, way: Way): void {
    if (this.#kept >= mostWays) {
      this.#byBase.clear()
      this.#kept = 0
    }
    const ways = this.#byBase.get(baseUrl) ?? new Map<string, Way>()
    if (!ways.has(path)) this.#kept += 1
    this.#byBase.set(baseUrl, ways.set(path, way))
  }
}

function openOrigin(
  address: string,
  local: boolean,
  { connections: most = 4_096, connectMs, proxies, resolve }: UndiciTransportOptions,
): Origin {
  const settings = {
    connections: most,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  }
  const guard = { local, ...(resolve ? { resolve } : {}) }
  if (proxies) {
    const connect = guardedConnect({ ...guard, timeoutMs: connectMs })
    return { pool: new EnvHttpProxyAgent({ ...settings, connect, ...proxies }), connections: undefined }
  }
  const connections = openConnections(guardedConnect({ ...guard, timeoutMs: 0 }), connectMs)
  return { pool: new Pool(address, { ...settings, connect: connections.connect }), connections }
}

function dispatch(
  { address: { origin, path }, origin: { pool, connections } }: Way,
  call: WireCall,
): Promise<Outcome<WireAnswer, Fault>> {
  return new Promise((resolve) => {
    const wait = connections?.wait()
    const handler = new AnswerHandler(call.signal, wait, resolve)
    const request = {
      origin,
      method: call.method ?? 'POST',
      path,
      headers: call.headers,
      body: call.body === '' ? null : call.body,
    } as const
    try {
      pool.dispatch(request, handler)
    } catch (error) {
      wait?.left()
      resolve(failed(toConnectionFault(error)))
    }
  })
}

const together = createTurnstile()

/** How long the end of an answer is waited for that nobody reads any more. */
const lingerMs = 50
/** Of a stream that comes all at once so much goes ahead: its first words are not held up by the reading of the rest. */
const openingBytes = 1_024

const ended = () => new DOMException('the call was ended', 'AbortError')

type Settle = (outcome: Outcome<WireAnswer, Fault>) => void

/** Has identity: turns the pool's callbacks into one answer whose body waits for its reader. */
class AnswerHandler implements Dispatcher.DispatchHandler, ByteQueueHooks {
  readonly #signal: StopSignal
  readonly #wait: Wait | undefined
  /** Called once: what it told would be held as long as the answer runs. */
  #resolve: Settle | undefined
  readonly #queue = new ByteQueue(this)
  readonly #abort = () => this.#end()
  #controller: Dispatcher.DispatchController | undefined
  #hasBegun = false
  /** The next bytes are the first of a stream. */
  #isOpening = false
  #lingering: ReturnType<typeof setTimeout> | undefined

  constructor(signal: StopSignal, wait: Wait | undefined, resolve: Settle) {
    this.#signal = signal
    this.#wait = wait
    this.#resolve = resolve
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** Behind the last event the answer's own end is mostly a packet away: with it the connection can be used again. */
  abandon(): void {
    this.#controller?.resume()
    this.#lingering = setTimeout(this.#abort, lingerMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#wait?.started()
    if (this.#signal.aborted) this.#end()
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHeaders): void {
    if (status < 200) return
    this.#hasBegun = true
    // They stand in `headers` too, and would be held, with what else came in that packet, as long as the answer runs.
    if (this.#controller) this.#controller.rawHeaders = null
    const start = () => this.#tell(done({ status, headers: flatHeaders(headers), body: this.#queue }))
    // Whoever waits for the first words waits for nobody else.
    this.#isOpening = String(headers['content-type']).includes('event-stream')
    if (this.#isOpening) start()
    else together(start)
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#lingering !== undefined) return
    const isLong = this.#isOpening && chunk.length > openingBytes
    this.#isOpening = false
    if (isLong) this.#queue.push(chunk.subarray(0, openingBytes))
    this.#queue.push(isLong ? chunk.subarray(openingBytes) : chunk)
  }

  onResponseEnd(): void {
    this.#settle()
    this.#queue.end()
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#settle()
    if (!this.#hasBegun) this.#tell(failed(toConnectionFault(error)))
    this.#queue.fail(error)
  }

  #end(): void {
    const reason = ended()
    if (this.#controller) {
      this.#controller.abort(reason)
      return
    }
    // Without a connection there is nothing to abort yet: the call is over, and is refused when its turn comes.
    this.#wait?.left()
    this.#tell(failed(toConnectionFault(reason)))
  }

  #tell(outcome: Outcome<WireAnswer, Fault>): void {
    this.#resolve?.(outcome)
    this.#resolve = undefined
  }

  #settle(): void {
    clearTimeout(this.#lingering)
    this.#wait?.left()
    this.#signal.removeEventListener('abort', this.#abort)
  }
}

type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Their names come in small letters. Mostly each comes once, and there is nothing to copy. */
function flatHeaders(headers: IncomingHeaders): Readonly<Record<string, string>> {
  if (areFlat(headers)) return headers
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : (value[0] ?? '')
  }
  return flat
}

function areFlat(headers: IncomingHeaders): headers is Readonly<Record<string, string>> {
  for (const name in headers) if (typeof headers[name] !== 'string') return false
  return true
}
