/** Runs a request that carries an `Idempotency-Key` once, and records what goes out for whoever sends it again. */

import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { canonical } from '../../gateway/cache/cache-key.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { pathOf } from '../direct-paths.ts'
import { type OnceRecord, sendText } from '../send-answer.ts'
import type { ServerParts } from '../server-parts.ts'
import { type Idempotency, idempotencyName, readIdempotencyKey } from './idempotency.ts'

export interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly tenant: string
  readonly body: Readonly<Record<string, unknown>>
}

export type Once =
  /** No key was given. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'run'; readonly record: OnceRecord }
  /** It was answered already. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly fault: Fault }

const plain: Once = { kind: 'plain' }

/** Plain for every request without the header. */
export function onceFor(
  { serving }: Pick<ServerParts, 'serving'>,
  { request, response }: Pick<Asked, 'request' | 'response'>,
  asked: Pick<Asked, 'tenant' | 'body'>,
): Promise<Once> | Once {
  if (serving === undefined || request.headers['idempotency-key'] === undefined) return plain
  return runOnce(serving.idempotency, { request, response, ...asked })
}

async function runOnce(idempotency: Idempotency, { request, response, tenant, body }: Asked): Promise<Once> {
  const header = request.headers['idempotency-key']
  const key = readIdempotencyKey(header)
  if (key === undefined) return { kind: 'refused', fault: badKey() }
  const path = pathOf(request.url ?? '')
  const digest = hash('sha256', `${path}\n${canonical(body)}`, 'hex')
  const begun = await idempotency.begin(idempotencyName(tenant, key), digest)
  if (begun.kind === 'run')
    return {
      kind: 'run',
      record: { complete: (answer) => begun.finish(answer), nothing: () => begun.abandon() },
    }
  if (begun.kind === 'running') return { kind: 'refused', fault: running() }
  if (begun.kind === 'mismatch') return { kind: 'refused', fault: mismatch() }
  const { status, headers, body: text } = begun.answer
  const { 'content-type': type = 'application/json', ...rest } = headers
  sendText(response, { status, type, headers: { ...rest, 'idempotent-replayed': 'true' }, body: text })
  return { kind: 'answered' }
}

const badKey = () =>
  makeFault('invalid_request', 'Idempotency-Key: printable characters only, at most 255', {
    param: 'Idempotency-Key',
  })
const running = () =>
  makeFault('idempotency_running', 'a request with this Idempotency-Key is running', { retryAfterMs: 1_000 })
const mismatch = () =>
  makeFault('idempotency_mismatch', 'this Idempotency-Key was used for another request', {
    param: 'Idempotency-Key',
  })
