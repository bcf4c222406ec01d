/** Questions to the files and vector stores of a provider in OpenAI's dialect, answered as JSON. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord, parseJson } from '../../../base/text.ts'
import { readWhole } from '../../../gateway/engine/read-body.ts'
import type { Transport } from '../../../gateway/transport/transport.ts'
import type { Loose } from '../../../record/import/loose.ts'

export interface HostedQuestion {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly text?: string
  readonly type?: string
  /** Is asked although the analysis was cancelled: what was uploaded is customers' data. */
  readonly isRemoval?: true
}

/** A fault is the reason in words. */
export type AskHosted = (asked: HostedQuestion) => Promise<Outcome<Loose, string>>

export interface HostedPlace {
  readonly transport: Pick<Transport, 'send'>
  /** With `/v1`, without a slash at the end. */
  readonly baseUrl: string
  readonly key: string
  readonly local: boolean
  readonly signal: AbortSignal
}

const mostBytes = 16_777_216
const removalMs = 30_000

export const hostedAsker =
  ({ transport, baseUrl, key, local, signal }: HostedPlace): AskHosted =>
  async ({ method = 'POST', path, body, text, type = 'application/json', isRemoval }) => {
    const sent = await transport.send({
      method,
      baseUrl,
      path,
      local,
      headers: {
        authorization: `Bearer ${key}`,
        'openai-beta': 'assistants=v2',
        ...(method === 'POST' ? { 'content-type': type } : {}),
      },
      body: text ?? (body === undefined ? '' : JSON.stringify(body)),
      signal: isRemoval ? AbortSignal.timeout(removalMs) : signal,
    })
    if (!sent.ok) return failed(`${path}: ${sent.fault.message}`)
    const came = await readWhole(sent.value.body, mostBytes)
    // What is gone already need not be removed.
    if (isRemoval && sent.value.status === 404) return done({})
    if (sent.value.status >= 400) return failed(`${path}: status ${sent.value.status}`)
    const parsed = came.kind === 'text' ? parseJson(came.text) : undefined
    return isRecord(parsed) ? done(parsed) : failed(`${path}: the answer is not JSON`)
  }
