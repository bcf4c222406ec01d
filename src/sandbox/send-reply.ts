/** Puts an answer on the wire: whole, as events, as an error, or broken on order. */

import type { ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { isRecord } from '../base/text.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import type { Dialect } from '../protocol/chat.ts'
import { type FaultCode, makeFault } from '../protocol/fault.ts'
import type { Break, Verdict } from './verdict.ts'

const faultFor: Readonly<Record<number, FaultCode>> = {
  401: 'unauthorized',
  403: 'upstream_auth',
  404: 'model_not_found',
  413: 'upstream_request_too_large',
  429: 'upstream_rate_limited',
  503: 'upstream_overloaded',
  529: 'upstream_overloaded',
}

export function sendFault(
  response: ServerResponse,
  inbound: InboundAdapter,
  fault: Extract<Verdict, { kind: 'fault' }>,
): void {
  const { status, message, code, retryAfterMs } = fault
  const known = faultFor[status] ?? (status < 500 ? 'invalid_request' : 'upstream_error')
  const body = inbound.writeFault(makeFault(known, message, { status, retryAfterMs }))
  if (code && isRecord(body['error'])) sayCode(body['error'], code)
  sendJson(response, status, body)
}

/** Google says the code as the reason in the details; its `code` is the status. */
function sayCode(error: Record<string, unknown>, code: string): void {
  const details: unknown = error['details']
  if (!Array.isArray(details)) Object.assign(error, { code })
  else for (const detail of details) if (isRecord(detail) && 'reason' in detail) detail['reason'] = code
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON.stringify(body))
}

/** As JSON, unless the rule named another type. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json')
  response.writeHead(status, { 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** A whole answer that ends in the middle of its bytes. */
export function sendCut(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.write(text.slice(0, text.length / 2), () => response.destroy())
}

export interface Sending {
  readonly response: ServerResponse
  readonly inbound: InboundAdapter
  readonly clock: Clock
  readonly tokenDelayMs: number
  readonly status: number
  readonly breaks: Break | undefined
}

export async function sendEvents(sending: Sending, events: Iterable<string>): Promise<void> {
  const { response, clock, tokenDelayMs, status, breaks } = sending
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/event-stream')
  response.writeHead(status)
  let sent = 0
  for (const text of events) {
    if (breaks && sent >= breaks.afterEvents) return breakOff(sending, breaks)
    if (tokenDelayMs > 0) await clock.sleep(tokenDelayMs)
    if (response.destroyed) return
    response.write(text)
    sent += 1
  }
  response.end()
}

/** The first bytes of an event as each dialect frames it. */
const openings: Readonly<Record<Dialect, string>> = {
  responses: 'data: {"type":"response.output_text.delta"',
  openai: 'data: {"choices":[{"delta"',
  anthropic: 'event: content_block_delta\ndata: {"type":"content_block_delta","delta"',
  gemini: 'data: {"candidates":[{"content"',
}

function breakOff({ inbound, response }: Sending, { how }: Break): void {
  if (how === 'stall') return
  if (how === 'malformed') return void response.end(`${openings[inbound.dialect]}\n\n`)
  if (how === 'error')
    return void response.end(
      inbound.writeStreamFault(makeFault('upstream_error', 'simulated error in the stream', { status: 500 })),
    )
  // What was written goes out with the next tick; reset before that, it would be lost.
  if (how === 'reset') return void setImmediate(() => response.socket?.resetAndDestroy())
  response.end()
}
