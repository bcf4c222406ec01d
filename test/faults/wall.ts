/** A provider on a raw socket: it does whatever a fault asks for, and writes down every call and when its caller left. */

import { createServer, type Socket } from 'node:net'
import type { Dialect } from '../../src/protocol/chat.ts'
import { forms } from './forms.ts'
import type { WireForm } from './wire-form.ts'

export interface WallCall {
  /** First part of the path: which test the call belongs to. */
  readonly test: string
  /** Second part of the path: which provider of that test. */
  readonly who: string
  readonly dialect: Dialect
  readonly stream: boolean
  /** All headers as they came, lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly atMs: number
  /** When the socket was closed, by whichever side. */
  closedAtMs: number | undefined
  /** When the caller closed it, with our side still open. */
  leftAtMs: number | undefined
  sentBytes: number
}

/** One call while it is answered. Every method may be used in any order: nothing checks that the result is HTTP. */
export interface Exchange {
  readonly call: WallCall
  readonly socket: Socket
  readonly form: WireForm
  /** How often this provider of this test has been called, from 1. */
  readonly nth: number
  raw(bytes: string | Uint8Array): void
  /** Status line and headers, with the blank line. */
  head(status: number, headers?: Readonly<Record<string, string>>): void
  /** An answer with its true length, after which the connection ends. */
  whole(status: number, body: string | Uint8Array, headers?: Readonly<Record<string, string>>): void
  /** Head of a chunked event stream. */
  openStream(): void
  /** One frame of a chunked body. */
  frame(text: string | Uint8Array): void
  /** Closes the chunked body and the connection. */
  closeStream(): void
  sleep(forMs: number): Promise<void>
  /** Resolves when the socket is closed. */
  gone(): Promise<void>
}

/** What a provider does with a call. */
export type Way = (exchange: Exchange) => void | Promise<void>

export interface Wall {
  readonly url: string
  readonly calls: readonly WallCall[]
  /** `who` of `test` behaves so from now on. */
  behave(test: string, who: string, way: Way): void
  close(): Promise<void>
}

export async function openWall(): Promise<Wall> {
  const calls: WallCall[] = []
  const ways = new Map<string, Way>()
  const counts = new Map<string, number>()
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    readRequest(socket, (head, body) => {
      const call = toCall(head, body)
      const place = `${call.test}/${call.who}`
      const nth = (counts.get(place) ?? 0) + 1
      counts.set(place, nth)
      calls.push(call)
      const way = ways.get(place)
      watchEnd(socket, call)
      if (way) void Promise.resolve(way(toExchange(call, socket, nth))).catch(() => socket.destroy())
      else socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    calls,
    behave: (test, who, way) => void ways.set(`${test}/${who}`, way),
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** One request a connection; every answer ends it. */
function readRequest(socket: Socket, then: (head: string, body: string) => void): void {
  let bytes = Buffer.alloc(0)
  let isRead = false
  socket.on('data', (chunk) => {
    if (isRead) return
    bytes = Buffer.concat([bytes, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = bytes.subarray(0, end).toString('latin1')
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (bytes.length < end + 4 + length) return
    isRead = true
    then(head, bytes.subarray(end + 4, end + 4 + length).toString('utf8'))
  })
}

function toCall(head: string, body: string): WallCall {
  const [line = '', ...rest] = head.split('\r\n')
  const path = line.split(' ')[1] ?? ''
  const [, test = '', who = ''] = path.split('/')
  const headers: Record<string, string> = {}
  for (const one of rest) {
    const colon = one.indexOf(':')
    headers[one.slice(0, colon).toLowerCase()] = one.slice(colon + 1).trim()
  }
  return {
    test,
    who,
    dialect: dialectOf(path),
    stream: path.includes('streamGenerateContent') || body.includes('"stream":true'),
    headers,
    body,
    atMs: performance.now(),
    closedAtMs: undefined,
    leftAtMs: undefined,
    sentBytes: 0,
  }
}

function dialectOf(path: string): Dialect {
  if (/generateContent/i.test(path)) return 'gemini'
  if (path.endsWith('/messages')) return 'anthropic'
  return path.endsWith('/responses') ? 'responses' : 'openai'
}

function watchEnd(socket: Socket, call: WallCall): void {
  const left = () => {
    if (!socket.writableEnded && !socket.destroyed) call.leftAtMs ??= performance.now()
  }
  socket.on('end', left).on('error', () => {
    call.leftAtMs ??= performance.now()
  })
  socket.on('close', () => {
    call.closedAtMs = performance.now()
  })
}

function toExchange(call: WallCall, socket: Socket, nth: number): Exchange {
  const raw = (bytes: string | Uint8Array) => {
    if (socket.destroyed || socket.writableEnded) return
    call.sentBytes += Buffer.byteLength(bytes)
    socket.write(bytes)
  }
  const head: Exchange['head'] = (status, headers = {}) =>
    raw(
      `HTTP/1.1 ${status} Status\r\n${Object.entries({ connection: 'close', ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    )
  return {
    call,
    socket,
    form: forms[call.dialect],
    nth,
    raw,
    head,
    whole(status, body, headers) {
      const length = String(Buffer.byteLength(body))
      head(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
      raw(body)
      socket.end()
    },
    openStream: () => head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }),
    frame(bytes) {
      raw(`${Buffer.byteLength(bytes).toString(16)}\r\n`)
      raw(bytes)
      raw('\r\n')
    },
    closeStream() {
      raw('0\r\n\r\n')
      socket.end()
    },
    sleep: (forMs) => new Promise((resolve) => setTimeout(resolve, forMs)),
    gone: () =>
      new Promise((resolve) => {
        if (socket.destroyed) resolve()
        else socket.once('close', () => resolve())
      }),
  }
}

/** The right answer, whole or streamed as asked. */
export const healthy: Way = (exchange) => {
  const { form, call } = exchange
  if (!call.stream) return exchange.whole(200, JSON.stringify(form.whole()))
  const { head, words, tail } = form.stream()
  exchange.openStream()
  for (const event of [...head, ...words, ...tail]) exchange.frame(event)
  exchange.closeStream()
}

/** The right answer, which is a tool call where `isTool`. */
export const healthyAs = (isTool: boolean): Way =>
  isTool
    ? ({ whole, form, openStream, frame, closeStream, call }) => {
        if (!call.stream) return whole(200, JSON.stringify(form.toolWhole()))
        const { head, words, tail } = form.toolStream()
        openStream()
        for (const event of [...head, ...words, ...tail]) frame(event)
        closeStream()
      }
    : healthy
