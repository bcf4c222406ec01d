/** One chat request over HTTP: body in, engine, answer out in the caller's dialect. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { makeId } from '../base/ids.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import { admission } from './admission.ts'
import { readChat } from './read-chat.ts'
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
  const read = await readChat(request, inbound, parts.config().server.bodyLimitBytes)
  if (!read.ok) return sendFault(exchange, read.fault)
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const callerId = request.headers['x-request-id']
  const answer = await parts.engine.chat({
    request: read.value.request,
    extension: read.value.extension,
    requestId: makeId('req', parts.clock.wallMs()),
    ...(typeof callerId === 'string' ? { callerRequestId: callerId.slice(0, 128) } : {}),
    tenant: 'default',
    signal: gone.signal,
  })
  const nowS = Math.floor(parts.clock.wallMs() / 1_000)
  await sendAnswer({ response, inbound, request: read.value.request, nowS }, answer)
}
