/** Sends the engine's answer in the caller's dialect: JSON, a stream, or the envelope of a fault. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Taken } from '../base/flow.ts'
import type { Answer, AnswerMeta, Chunk, ChunkFlow } from '../gateway/engine/engine-port.ts'
import type { Answered, InboundAdapter, StreamWriter } from '../protocol/adapter.ts'
import type { ChatRequest } from '../protocol/chat.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'

export interface Sending {
  readonly response: ServerResponse
  readonly inbound: InboundAdapter
  readonly request: ChatRequest
  /** Seconds since 1970. */
  readonly nowS: number
  /** Wants what went out, where the same request may be sent again. */
  readonly record?: OnceRecord | undefined
}

/** Hears how an answer went out: whole, or not so that it could be given again. */
export interface OnceRecord {
  complete(answer: SentAnswer): void
  nothing(): void
}

/** A complete answer as it went out. */
export interface SentAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A stream goes on behind the call, which nobody need wait for: it ends its response by itself. */
export function sendAnswer(sending: Sending, answer: Answer): void {
  if (answer.kind === 'stream') sendStream(sending, answer.chunks, answer.meta)
  else if (answer.kind === 'reply') sendReply(sending, answer)
  else {
    sending.record?.nothing()
    sendFault(sending, answer.fault, answer.meta)
  }
}

function sendReply(sending: Sending, answer: Answer & { readonly kind: 'reply' }): void {
  const body =
    answer.raw ?? JSON.stringify(sending.inbound.writeReply(answer.reply, answeredBy(sending, answer.meta)))
  const headers = metaHeaders(answer.meta, sending.inbound)
  const cost = costOf(answer.meta)
  if (cost !== undefined) headers['x-adaptive-cost-usd'] = cost
  if (sending.record) {
    const sent = { 'content-type': 'application/json', ...headers }
    sending.record.complete({ status: 200, headers: sent, body })
  }
  sendText(sending.response, { status: 200, type: 'application/json', headers, body })
}

/** Only where the answer is whole: what a stream costs is known when its head is long gone. */
const costOf = ({ costUsd, outcome }: AnswerMeta): string | undefined =>
  outcome === 'CACHED' ? (costUsd ?? '0.000000') : costUsd

const answeredBy = ({ request, nowS }: Sending, { requestId }: AnswerMeta): Answered => ({
  request,
  requestId,
  nowS,
})

export function sendFault(
  sending: Pick<Sending, 'response' | 'inbound'>,
  fault: Fault,
  meta?: AnswerMeta,
): void {
  const { response, inbound } = sending
  if (response.headersSent || response.destroyed) return
  const headers = { ...(meta ? metaHeaders(meta, inbound) : {}), ...faultHeaders(fault) }
  const body = JSON.stringify(inbound.writeFault(fault))
  sendText(response, { status: fault.status, type: 'application/json', headers, body })
  if (fault.status === 413) discardRest(response.req)
}

/** Bytes of a body too large that are still taken, and thrown away, before the connection is cut. */
const discardedBytes = 33_554_432

/** Cut at once, many a caller who is still sending would lose the answer with the connection. */
function discardRest(request: IncomingMessage): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > discardedBytes) request.socket.destroy()
  })
  request.resume()
}

interface Text {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Names and values by turns, behind those of `list`: of an object Node would make one of its own first. */
function byTurns(headers: Readonly<Record<string, string>>, list: string[] = []): string[] {
  for (const name in headers) list.push(name, headers[name] ?? '')
  return list
}

/** Said of every answer that does not say it itself: of two in a list Node sends both. */
const commonHead = [
  ['cache-control', 'no-store'],
  ['vary', 'authorization, x-api-key'],
] as const

export function sendText(response: ServerResponse, { status, type, headers, body }: Text): void {
  const bytes = Buffer.byteLength(body)
  const head = byTurns(headers, ['content-type', type, 'content-length', String(bytes)])
  for (const [name, value] of commonHead) if (headers[name] === undefined) head.push(name, value)
  response.writeHead(status, head)
  // A byte for each unit: it needs no conversion.
  response.end(body, bytes === body.length ? 'latin1' : 'utf8')
}

/** Faults of the gateway's own that are over in a moment. */
const passing: ReadonlySet<Fault['code']> = new Set([
  'rate_limited',
  'gateway_overloaded',
  'idempotency_running',
])

/** What an SDK needs to decide about trying again: never where the gateway has tried everything itself, and soon where it only asks to be asked later. */
function faultHeaders(fault: Fault): Record<string, string> {
  if (fault.status === 401) return { 'www-authenticate': 'Bearer', 'x-should-retry': 'false' }
  if (fault.retryAfterMs === undefined) return { 'x-should-retry': 'false' }
  const seconds = Math.max(1, Math.ceil(fault.retryAfterMs / 1_000))
  const isSoon = passing.has(fault.code)
  return {
    'retry-after': String(seconds),
    ...(isSoon ? { 'retry-after-ms': String(Math.ceil(fault.retryAfterMs)) } : {}),
    'x-should-retry': String(isSoon),
  }
}

export function metaHeaders(meta: AnswerMeta, inbound?: InboundAdapter): Record<string, string> {
  const headers: Record<string, string> = { 'x-request-id': meta.requestId }
  if (inbound?.dialect === 'anthropic') headers['request-id'] = meta.requestId
  headers['x-adaptive-attempts'] = String(meta.attempts)
  headers['x-adaptive-outcome'] = meta.outcome.toLowerCase()
  if (meta.provider) headers['x-adaptive-provider'] = headerText(meta.provider)
  if (meta.model) headers['x-adaptive-model'] = headerText(meta.model)
  if (meta.dropped.length > 0) headers['x-adaptive-dropped'] = headerText(meta.dropped.join(','))
  if (meta.cache) headers['x-adaptive-cache'] = meta.cache
  if (meta.rewrittenPrompt)
    headers['x-adaptive-rewritten-prompt'] = encodeURIComponent(
      meta.rewrittenPrompt.slice(0, 1_000).toWellFormed(),
    )
  if (meta.simulated) headers['x-adaptive-simulated'] = 'true'
  return headers
}

/** Printable ASCII only, so that no name can break a header. */
const headerText = (text: string) => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 512)

/** No function that waits: what it knows would be held as long as the stream is relayed. */
function sendStream(sending: Sending, chunks: ChunkFlow, meta: AnswerMeta): void {
  const { response } = sending
  const copy = sendHead(sending, meta)
  const send = sender(sending, meta, copy)
  const end = async () => {
    try {
      await sendRest(chunks, send)
      copy?.end()
      response.end()
    } catch {
      // The caller must not take what was sent for all of it.
      response.destroy()
    }
  }
  if (chunks.relay) void chunks.relay(send).then(end, end)
  else void end()
}

function sendHead({ response, inbound, record }: Sending, meta: AnswerMeta): Copy | undefined {
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    ...metaHeaders(meta, inbound),
  }
  response.writeHead(200, byTurns(headers))
  return record && openCopy(record, headers)
}

function sender(sending: Sending, meta: AnswerMeta, copy: Copy | undefined): (chunk: Chunk) => Taken {
  const { response, inbound } = sending
  const writer = inbound.openWriter({ usage: sending.request.streamUsage, ...answeredBy(sending, meta) })
  return (chunk) => {
    if (response.destroyed && copy === undefined) return false
    const text = chunkText(chunk, writer, inbound)
    copy?.add(text, chunk)
    if (text === '' || response.destroyed) return true
    return writeNow(response, text) || drained(response)
  }
}

async function sendRest(chunks: ChunkFlow, send: (chunk: Chunk) => Taken): Promise<void> {
  for await (const chunk of chunks) {
    const sent = send(chunk)
    if (sent === false) return
    if (sent !== true) await sent
  }
}

/**
 * Sends a piece at once: left to itself Node waits until everything else that is due has run.
 * A chunk goes as one text: Node sends its length, its bytes and its two line ends as four, which costs more than the bytes.
 */
function writeNow(response: ServerResponse, text: string): boolean {
  response.cork()
  const mayGoOn = response.chunkedEncoding ? writeChunk(response, text) : response.write(text)
  response.uncork()
  return mayGoOn
}

function writeChunk(response: ServerResponse, text: string): boolean {
  const bytes = Buffer.byteLength(text)
  response.chunkedEncoding = false
  const mayGoOn = response.write(
    `${bytes.toString(16)}\r\n${text}\r\n`,
    bytes === text.length ? 'latin1' : 'utf8',
  )
  response.chunkedEncoding = true
  return mayGoOn
}

type Copy = ReturnType<typeof openCopy>

/** A stream that is to be given again is read to its end, though its caller may have gone. */
function openCopy(record: OnceRecord, headers: SentAnswer['headers']) {
  let body = ''
  let isWhole = false
  return {
    add(text: string, { parts }: Chunk) {
      body += text
      for (const { kind } of parts) isWhole = kind === 'end' || (isWhole && kind !== 'broken')
    },
    end: () => (isWhole ? record.complete({ status: 200, headers, body }) : record.nothing()),
  }
}

function chunkText({ raw, parts }: Chunk, writer: StreamWriter, inbound: InboundAdapter): string {
  let text = raw === undefined ? '' : rawText(raw, parts, writer)
  let fault: Fault | undefined
  for (const part of parts)
    if (part.kind === 'broken') fault ??= part.fault
    else if (raw === undefined) text += writer.write(part)
  if (fault === undefined) return text
  // The damaged event itself is not passed on; what is told is why the stream ends here.
  const told = toldFault(fault)
  return (raw === undefined ? text : '') + (writer.fault?.(told) ?? inbound.writeStreamFault(told))
}

/** The provider may have ended without its dialect's terminator; callers get one all the same. */
function rawText(raw: string, parts: Chunk['parts'], writer: StreamWriter): string {
  let isEnded = false
  for (const part of parts) {
    writer.follow(part)
    isEnded ||= part.kind === 'end'
  }
  return isEnded && !terminator.test(raw) ? whole(raw) + writer.write({ kind: 'end' }) : raw
}

/** As a line of its own: the words may stand in the answer's text too. */
const terminator =
  /(?:^|[\r\n])(?:data: ?\[DONE\]|event: ?(?:message_stop|response\.(?:completed|incomplete))|data: ?\{[^\r\n]*"type": ?"(?:message_stop|response\.(?:completed|incomplete))")/

/** The last event may lack its blank line, and what follows would be taken for a part of it. */
function whole(raw: string): string {
  if (raw === '' || /(?:\n\n|\r\r|\r\n\r\n)$/.test(raw)) return raw
  return /[\r\n]$/.test(raw) ? `${raw}\n` : `${raw}\n\n`
}

const toldFault = (fault: Fault): Fault =>
  fault.class === 'cancelled' ? fault : makeFault(fault.code, `the stream broke: ${fault.message}`)

/** Resolves when the caller reads again or has gone; waiting for `drain` alone would hang on a caller who left. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || !response.writableNeedDrain) return resolve()
    const go = () => {
      response.off('drain', go)
      response.off('close', go)
      resolve()
    }
    response.on('drain', go)
    response.on('close', go)
  })
}
