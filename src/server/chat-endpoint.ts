/** One chat request over HTTP: body in, engine, answer out in the caller's dialect. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { makeId } from '../base/ids.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import { readExtension } from '../protocol/extension.ts'
import { admission } from './admission.ts'
import { readJsonObject } from './read-body.ts'
import { readText } from './read-text.ts'
import { sendAnswer, sendFault } from './send-answer.ts'
import type { ServerParts } from './server-parts.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly inbound: InboundAdapter
}

export async function serveChat(parts: ServerParts, exchange: Exchange): Promise<void> {
  const { request, response, inbound } = exchange
  const refused = admission(parts, request)
  if (refused) return sendFault(exchange, refused)
  const text = await readText(request, parts.config().server.bodyLimitBytes)
  if (!text.ok) return sendFault(exchange, text.fault)
  const body = readJsonObject(text.value)
  if (!body.ok) return sendFault(exchange, body.fault)
  const read = inbound.readRequest(body.value)
  if (!read.ok) return sendFault(exchange, read.fault)
  const extension = readExtension(body.value)
  if (!extension.ok) return sendFault(exchange, extension.fault)
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const callerId = request.headers['x-request-id']
  const answer = await parts.engine.chat({
    request: read.value,
    requestId: makeId('req', parts.clock.wallMs()),
    ...(typeof callerId === 'string' ? { callerRequestId: callerId.slice(0, 128) } : {}),
    tenant: 'default',
    extension: extension.value,
    signal: gone.signal,
  })
  await sendAnswer({ response, inbound, streamUsage: read.value.streamUsage }, answer)
}
