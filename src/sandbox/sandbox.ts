/** A simulated provider on a local port: real wire formats, made-up answers, and faults on order. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { isRecord, parseJson } from '../base/text.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import type { ChatRequest, Dialect } from '../protocol/chat.ts'
import { type FaultCode, makeFault } from '../protocol/fault.ts'
import type { Reply } from '../protocol/reply.ts'
import { type Answerer, simulatedAnswer } from './answerer.ts'
import { createRateLimits } from './rate-limits.ts'
import { createRuleBook, type Rule, type SandboxFile, sandboxFileSchema } from './rules.ts'
import { streamParts } from './stream-reply.ts'

export interface SandboxAttempt {
  readonly atMs: number
  readonly dialect: Dialect
  readonly model: string
  readonly key: string
  readonly status: number
  readonly stream: boolean
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string
  /** Calls so far, oldest first; the last 10,000. */
  readonly attempts: readonly SandboxAttempt[]
  /** Ms on the sandbox's clock at which callers left before their answer was whole. */
  readonly callerLeftAtMs: readonly number[]
  close(): Promise<void>
}

export interface SandboxOptions {
  readonly inbound: Readonly<Partial<Record<Dialect, InboundAdapter>>>
  readonly clock: Clock
  readonly file?: Partial<SandboxFile>
  readonly answerer?: Answerer
  /** 0 picks a free port. */
  readonly port?: number
}

const attemptsKept = 10_000

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const file = sandboxFileSchema.parse(options.file ?? {})
  const attempts: SandboxAttempt[] = []
  const callerLeftAtMs: number[] = []
  const world: World = {
    ...options,
    file,
    answerer: options.answerer ?? simulatedAnswer,
    rules: createRuleBook(file.rules),
    limits: createRateLimits(file.limits, () => options.clock.monoMs()),
    note(attempt) {
      attempts.push(attempt)
      if (attempts.length > attemptsKept) attempts.shift()
    },
    left: () => callerLeftAtMs.push(options.clock.monoMs()),
  }
  const server = createServer((request, response) => {
    serve(world, request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    attempts,
    callerLeftAtMs,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface World extends SandboxOptions {
  readonly file: SandboxFile
  readonly answerer: Answerer
  readonly rules: ReturnType<typeof createRuleBook>
  readonly limits: ReturnType<typeof createRateLimits>
  note(attempt: SandboxAttempt): void
  left(): void
}

interface Exchange {
  readonly world: World
  readonly inbound: InboundAdapter
  readonly request: ChatRequest
  readonly key: string
  readonly response: ServerResponse
}

async function serve(world: World, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const place = findPlace(incoming.url ?? '/')
  const inbound = place && world.inbound[place.dialect]
  if (!place || !inbound)
    return sendJson(response, 404, { error: { message: 'no such path', type: 'not_found' } })
  const read = inbound.readRequest(parseJson(Buffer.concat(chunks).toString('utf8')), place.hints)
  if (!read.ok) return sendJson(response, read.fault.status, inbound.writeFault(read.fault))
  const exchange: Exchange = { world, inbound, request: read.value, key: keyOf(incoming), response }
  response.once('close', () => {
    if (!response.writableFinished) world.left()
  })
  await answer(exchange)
}

interface Place {
  readonly dialect: Dialect
  readonly hints?: { readonly model: string; readonly stream: boolean }
}

function findPlace(url: string): Place | undefined {
  const path = url.split('?')[0] ?? ''
  if (path.endsWith('/chat/completions')) return { dialect: 'openai' }
  if (path.endsWith('/messages')) return { dialect: 'anthropic' }
  const gemini = /\/models\/([^/]+):(generateContent|streamGenerateContent)$/.exec(path)
  if (!gemini) return undefined
  const hints = { model: decodeURIComponent(gemini[1] ?? ''), stream: gemini[2] === 'streamGenerateContent' }
  return { dialect: 'gemini', hints }
}

function keyOf({ headers }: IncomingMessage): string {
  const given =
    headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace(/^Bearer /i, '')
  return typeof given === 'string' ? given : ''
}

async function answer(exchange: Exchange): Promise<void> {
  const { world, request, key, response } = exchange
  const rule = world.rules.next({ model: request.model, key, dialect: exchange.inbound.dialect })
  const whole: Reply = {
    id: makeId('sim', world.clock.wallMs()),
    createdAtS: Math.floor(world.clock.wallMs() / 1_000),
    ...world.answerer(request),
  }
  const limit = world.limits.take(key, (whole.usage?.input ?? 0) + (whole.usage?.output ?? 0))
  const status = statusOf(world, key, limit.allowed, rule)
  world.note({
    atMs: world.clock.monoMs(),
    dialect: exchange.inbound.dialect,
    model: request.model,
    key,
    status,
    stream: request.stream,
  })
  if (rule && rule.delay_ms > 0) await world.clock.sleep(rule.delay_ms)
  for (const [name, value] of Object.entries({ 'x-simulated': 'true', ...limit.headers, ...rule?.headers }))
    response.setHeader(name, value)
  if (rule?.stall) return
  if (rule?.reset) return void response.socket?.resetAndDestroy()
  if (rule?.body !== undefined) return sendBody(response, status, rule.body)
  if (status !== 200) return sendFault(exchange, status, rule)
  const reply = rule?.refusal ? refused(whole) : whole
  if (request.stream) return sendStream(exchange, reply, rule)
  if (rule?.after_events !== undefined) return sendCut(exchange, reply)
  sendJson(response, 200, exchange.inbound.writeReply(reply))
}

function statusOf(world: World, key: string, isWithinLimit: boolean, rule: Rule | undefined): number {
  if (world.file.keys && !world.file.keys.includes(key)) return 401
  if (rule?.status !== undefined) return rule.status
  return isWithinLimit ? 200 : 429
}

const refused = (reply: Reply): Reply => ({
  ...reply,
  choices: reply.choices.map(({ index }) => ({
    index,
    content: [],
    toolCalls: [],
    finish: 'content_filter',
  })),
})

const faultFor: Readonly<Record<number, FaultCode>> = {
  401: 'unauthorized',
  403: 'upstream_auth',
  404: 'model_not_found',
  413: 'upstream_request_too_large',
  429: 'upstream_rate_limited',
  503: 'upstream_overloaded',
  529: 'upstream_overloaded',
}

function sendFault({ inbound, response }: Exchange, status: number, rule: Rule | undefined): void {
  const code = faultFor[status] ?? (status < 500 ? 'invalid_request' : 'upstream_error')
  const body = inbound.writeFault(makeFault(code, rule?.message ?? `simulated error ${status}`, { status }))
  if (rule?.code && isRecord(body['error'])) sayCode(body['error'], rule.code)
  sendJson(response, status, body)
}

/** Google says the code as the reason in the details; its `code` is the status. */
function sayCode(error: Record<string, unknown>, code: string): void {
  const details: unknown = error['details']
  if (!Array.isArray(details)) Object.assign(error, { code })
  else for (const detail of details) if (isRecord(detail) && 'reason' in detail) detail['reason'] = code
}

/** A whole answer that ends in the middle of its bytes. */
function sendCut({ inbound, response }: Exchange, reply: Reply): void {
  const body = JSON.stringify(inbound.writeReply(reply))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.write(body.slice(0, body.length / 2), () => response.destroy())
}

async function sendStream(
  { world, inbound, request, response }: Exchange,
  reply: Reply,
  rule: Rule | undefined,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const writer = inbound.openWriter({ usage: request.streamUsage })
  let sent = 0
  for (const part of streamParts(reply)) {
    const text = writer.write(part)
    if (text === '') continue
    if (rule?.after_events !== undefined && sent >= rule.after_events)
      return breakOff(inbound, response, rule)
    if (world.file.token_delay_ms > 0) await world.clock.sleep(world.file.token_delay_ms)
    if (response.destroyed) return
    response.write(text)
    sent += 1
  }
  response.end()
}

function breakOff(inbound: InboundAdapter, response: ServerResponse, { break_with: kind }: Rule): void {
  if (kind === 'stall') return
  if (kind === 'malformed') return void response.end('data: {"choices":[{"delta"\n\n')
  if (kind === 'error')
    return void response.end(
      inbound.writeStreamFault(makeFault('upstream_error', 'simulated error in the stream')),
    )
  if (kind === 'reset') return void response.socket?.resetAndDestroy()
  response.end()
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendBody(response, status, JSON.stringify(body))
}

function sendBody(response: ServerResponse, status: number, body: string): void {
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json')
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
