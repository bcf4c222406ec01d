/** Everything that can go wrong with a request, as one closed list; `docs/faults.md` is generated from it. */

import { safeName, safeText } from '../base/safe-text.ts'
import { callFaults } from './call-faults.ts'
import type { FaultKind } from './fault-kind.ts'
import { gatewayFaults } from './gateway-faults.ts'
import { refusals } from './refusals.ts'

export const faultKinds = { ...callFaults, ...gatewayFaults, ...refusals }

export type FaultCode = keyof typeof faultKinds

export interface Fault extends Omit<FaultKind, 'means' | 'remedy'> {
  readonly code: FaultCode
  /** For people; never holds a secret. */
  readonly message: string
  /** The wait the provider named, in ms, clamped to a day. */
  readonly retryAfterMs?: number
  /** The request field the fault is about. */
  readonly param?: string
  /** What the provider said: status, type, code. */
  readonly cause?: {
    readonly status?: number
    readonly type?: string
    readonly code?: string
    readonly detail?: string
  }
}

export type FaultDetail = Partial<
  Pick<Fault, 'retryAfterMs' | 'param' | 'cause' | 'status' | 'scope' | 'retry'>
>

/**
 * A fault of the list with its own message; `detail` may narrow scope, retry and status. Every text in it passes
 * here and is made safe: answers, events, logs and the ledger show faults as they are.
 */
export function makeFault(code: FaultCode, message: string, detail: FaultDetail = {}): Fault {
  const { class: faultClass, scope, retry, status } = faultKinds[code]
  const { param, cause } = detail
  return {
    code,
    class: faultClass,
    scope,
    retry,
    status,
    message: safeText(message),
    ...detail,
    ...(param === undefined ? {} : { param: safeName(param) }),
    ...(cause === undefined ? {} : { cause: safeCause(cause) }),
  }
}

/** Only the four things that are known, and names only where they look like names. */
function safeCause({ status, type, code, detail }: NonNullable<Fault['cause']>): NonNullable<Fault['cause']> {
  return {
    ...(status === undefined ? {} : { status }),
    ...withText('type', type && safeName(type)),
    ...withText('code', code && safeName(code)),
    ...withText('detail', detail && safeText(detail)),
  }
}

const withText = (name: 'type' | 'code' | 'detail', text: string | undefined) =>
  text ? { [name]: text } : {}
