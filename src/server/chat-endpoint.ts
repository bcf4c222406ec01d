/** One chat request over HTTP: body in, engine, answer out in the caller's dialect. */

import { makeId } from '../base/ids.ts'
import { Stop } from '../base/stop-signal.ts'
import { tenantOf } from './access/decide.ts'
import { deniedName } from './access/denied-name.ts'
import { type Arrival, letIn, refuse } from './access/let-in.ts'
import { onceFor } from './idempotency/run-once.ts'
import { pass } from './limits/pass.ts'
import { readChat } from './read-chat.ts'
import { readText } from './read-text.ts'
import { sendAnswer } from './send-answer.ts'
import type { ServerParts } from './server-parts.ts'

export async function serveChat(parts: ServerParts, exchange: Arrival): Promise<void> {
  const { request, response, inbound } = exchange
  const entering = letIn(parts, exchange)
  const caller = entering instanceof Promise ? await entering : entering
  if (caller === undefined) return
  const requestId = makeId('req', parts.clock.wallMs())
  const passing = pass(parts, exchange, { holder: requestId, caller, endpoint: 'chat' })
  const limited = passing && (await passing)
  if (limited) return refuse(parts, exchange, limited)
  const came = await readText(request, parts.config().server.bodyLimitBytes)
  if (!came.ok) return refuse(parts, exchange, came.fault)
  const { headers } = request
  const reading = readChat(came.value, { inbound, headers, turn: () => parts.clock.sleep(0) })
  const read = reading instanceof Promise ? await reading : reading
  if (!read.ok) return refuse(parts, exchange, read.fault)
  const denied = deniedName(caller, read.value, parts.config())
  if (denied) return refuse(parts, exchange, denied)
  const sending = onceFor(parts, exchange, { tenant: tenantOf(caller), body: read.value.request.body })
  const once = sending instanceof Promise ? await sending : sending
  if (once.kind === 'answered') return
  if (once.kind === 'refused') return refuse(parts, exchange, once.fault)
  const record = once.kind === 'run' ? once.record : undefined
  const gone = new Stop()
  response.on('close', () => {
    // Who may send it again is answered to the end.
    if (!response.writableFinished && record === undefined) gone.abort()
  })
  const callerId = headers['x-request-id']
  const answer = await parts.engine.chat({
    request: read.value.request,
    extension: read.value.extension,
    requestId,
    callerRequestId: typeof callerId === 'string' ? callerId.slice(0, 128) : undefined,
    tenant: tenantOf(caller),
    virtualKeyId: caller.keyId,
    allowance: parts.serving?.rates.allowance(caller),
    signal: gone,
  })
  if (answer.kind === 'fault' && answer.meta.outcome === 'REJECTED') parts.record.refused(answer.fault.code)
  const nowS = Math.floor(parts.clock.wallMs() / 1_000)
  sendAnswer({ response, inbound, request: read.value.request, nowS, record }, answer)
}
