/** Ways in which a provider goes wrong on the wire: each is a function that answers one call badly. */

import { gzipSync } from 'node:zlib'
import { type Exchange, healthy, type Way } from './wall.ts'
import type { StreamForm } from './wire-form.ts'

/** A secret that providers put into errors and headers; it must come out nowhere. */
export const canary = 'sk-canary-5f0c1d2e3b4a5968778695a4b3c2d1e0'

/** Fails in this way the first `times` calls, then answers well. */
export const first =
  (times: number, way: Way): Way =>
  (exchange) =>
    exchange.nth <= times ? way(exchange) : healthy(exchange)

export interface Failing {
  readonly status: number
  readonly message?: string
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An error in the provider's own envelope. */
export const fails =
  ({ status, message = `simulated ${status} ${canary}`, code, headers }: Failing): Way =>
  ({ whole, form }) =>
    whole(status, JSON.stringify(form.error(status, message, code)), headers)

/** Any text with any status. */
export const says =
  (status: number, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Way =>
  ({ whole }) =>
    whole(status, body, headers)

export const neverAnswers: Way = ({ gone }) => gone()
export const resets: Way = ({ socket }) => void socket.resetAndDestroy()
export const hangsUp: Way = ({ socket }) => void socket.end()

/** Half of a whole answer, then what `then` does. */
export const halfOf =
  (then: Way, headers?: (length: number) => Readonly<Record<string, string>>): Way =>
  async (exchange) => {
    const bytes = Buffer.from(JSON.stringify(exchange.form.whole()))
    const given = headers?.(bytes.length) ?? { 'content-length': String(bytes.length) }
    exchange.head(200, { 'content-type': 'application/json', ...given })
    exchange.raw(bytes.subarray(0, bytes.length >> 1))
    await exchange.sleep(100)
    await then(exchange)
  }

export interface Broken {
  /** Words that are said before it breaks. */
  readonly words: number
  readonly by: Way
  /** A piece of an event that comes before the break. */
  readonly half?: boolean
}

/** A stream that breaks after some words. */
export const breaksAfter =
  ({ words, by, half = false }: Broken): Way =>
  async (exchange) => {
    const form = exchange.form.stream()
    exchange.openStream()
    for (const event of [...form.head, ...form.words.slice(0, words)]) exchange.frame(event)
    const next = form.words[words] ?? form.tail[0] ?? ''
    if (half) exchange.frame(next.slice(0, next.length - 9))
    await exchange.sleep(100)
    await by(exchange)
  }

/** Bytes without framing: only the end of the connection ends them. */
export const unframed =
  (text: (form: StreamForm) => string): Way =>
  (exchange) => {
    exchange.head(200, { 'content-type': 'text/event-stream' })
    exchange.raw(text(exchange.form.stream()))
    exchange.socket.end()
  }

/** A stream of exactly these frames, properly framed and ended. */
export const streams =
  (frames: (form: StreamForm, exchange: Exchange) => Iterable<string | Uint8Array>, then?: Way): Way =>
  async (exchange) => {
    exchange.openStream()
    for (const frame of frames(exchange.form.stream(), exchange)) exchange.frame(frame)
    if (then) await then(exchange)
    else exchange.closeStream()
  }

export const allOf = ({ head, words, tail }: StreamForm): string => [...head, ...words, ...tail].join('')

/** The right stream, in pieces of so many bytes: a frame each, many frames in one write. */
export const sliced =
  (size: number, change: (text: string) => string = (text) => text): Way =>
  async (exchange) => {
    const bytes = Buffer.from(change(allOf(exchange.form.stream())))
    exchange.openStream()
    let frames: Buffer[] = []
    const head = Buffer.from(`${size.toString(16)}\r\n`)
    const end = Buffer.from('\r\n')
    for (let at = 0; at + size <= bytes.length; at += size) {
      frames.push(head, bytes.subarray(at, at + size), end)
      if (frames.length < 300) continue
      exchange.raw(Buffer.concat(frames))
      frames = []
      await exchange.sleep(1)
    }
    exchange.raw(Buffer.concat(frames))
    const rest = bytes.length % size
    if (rest > 0) exchange.frame(bytes.subarray(-rest))
    exchange.closeStream()
  }

/** One byte at a time, too slowly to ever end. */
export const drips =
  (everyMs: number): Way =>
  async (exchange) => {
    const { call, form, socket } = exchange
    const text = call.stream ? allOf(form.stream()) : JSON.stringify(form.whole())
    const length = String(Buffer.byteLength(text))
    exchange.head(200, {
      'content-type': call.stream ? 'text/event-stream' : 'application/json',
      'content-length': length,
    })
    for (const byte of Buffer.from(text)) {
      if (socket.destroyed) return
      exchange.raw(Uint8Array.of(byte))
      await exchange.sleep(everyMs)
    }
  }

/** The rest of a stream one byte at a time. */
export const dripsOn =
  (everyMs: number): Way =>
  async (exchange) => {
    for (const byte of Buffer.from(allOf(exchange.form.stream()))) {
      if (exchange.socket.destroyed) return
      exchange.frame(Uint8Array.of(byte))
      await exchange.sleep(everyMs)
    }
  }

/** Signs of life without content, for ever. */
export const pings: Way = async (exchange) => {
  while (!exchange.socket.destroyed) {
    exchange.frame(exchange.form.ping)
    await exchange.sleep(20)
  }
}

/** Valid content that never ends. */
export const endless: Way = async (exchange) => {
  const { head, words } = exchange.form.stream()
  exchange.openStream()
  for (const event of head) exchange.frame(event)
  while (!exchange.socket.destroyed) {
    for (const event of words.slice(0, 5)) exchange.frame(event)
    await exchange.sleep(100)
  }
}

/** So many bytes of nothing, as fast as they are taken. */
export const flood =
  (bytes: number, piece: string): Way =>
  async (exchange) => {
    const gone = exchange.gone()
    for (let sent = 0; sent < bytes && !exchange.socket.destroyed; sent += piece.length * 64) {
      exchange.frame(piece.repeat(64))
      if (exchange.socket.writableNeedDrain)
        await Promise.race([new Promise((resolve) => exchange.socket.once('drain', resolve)), gone])
    }
  }

/** Compressed bytes, as nobody asked for. */
export const compressed = (body: Uint8Array, encoding: string): Way =>
  says(200, body, { 'content-encoding': encoding })
export const bomb = gzipSync(Buffer.alloc(8 * 1_048_576, '{'))
