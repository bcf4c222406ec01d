/** Lets a request in on a path that the framework does not guard, or answers why not. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../../protocol/access.ts'
import type { InboundAdapter } from '../../protocol/adapter.ts'
import type { Fault } from '../../protocol/fault.ts'
import { admission } from '../admission.ts'
import { sendFault } from '../send-answer.ts'
import type { ServerParts } from '../server-parts.ts'
import type { RouteScope } from './decide.ts'

export interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The dialect a refusal is told in. */
  readonly inbound: InboundAdapter
  readonly scope: RouteScope
}

/** The caller; undefined where the refusal has been answered. Refusals of wrong keys are held back. */
export function letIn(
  parts: ServerParts,
  arrival: Arrival,
): Caller | undefined | Promise<Caller | undefined> {
  const refused = admission(parts, arrival.request) ?? parts.serving?.shed()
  if (refused) return void refuse(parts, arrival, refused)
  const entered = parts.gate.enter(arrival.request, arrival.scope)
  if (entered.ok) return entered.value
  const { fault, delayMs } = entered.fault
  const answer = () => void refuse(parts, arrival, fault)
  return delayMs > 0 ? parts.clock.sleep(delayMs).then(answer) : answer()
}

/** Answers a request that no engine has seen, and counts it. */
export function refuse(
  parts: ServerParts,
  sending: Pick<Arrival, 'response' | 'inbound'>,
  fault: Fault,
): void {
  parts.record.refused(fault.code)
  sendFault(sending, fault)
}
