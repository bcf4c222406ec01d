/** Lines of a batch in OpenAI's format: a request to make, and what became of it. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { isRecord, parseJson } from '../../base/text.ts'

/** Endpoints a line may name. */
export const batchEndpoints = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/embeddings',
] as const

export type BatchEndpoint = (typeof batchEndpoints)[number]

export interface BatchLine {
  /** In the file, from 1. */
  readonly number: number
  readonly customId: string
  readonly url: BatchEndpoint
  readonly body: Readonly<Record<string, unknown>>
}

export interface LineError {
  readonly code: string
  readonly message: string
  readonly customId?: string
}

export interface LineResult {
  readonly number: number
  /** Absent where the line names none. */
  readonly customId?: string
  /** Absent where no request could be made of the line. */
  readonly response?: {
    readonly status: number
    readonly requestId: string
    readonly body: Readonly<Record<string, unknown>>
  }
  readonly error?: LineError
  /** What the cache had to do with the answer; not written. */
  readonly cache?: 'hit' | 'similar' | 'miss' | 'stale'
}

/** A line that is no request says what is wrong with it; the others are run all the same. */
export function readBatchLine(text: string, number: number): Outcome<BatchLine, LineError> {
  const value = parseJson(text)
  if (!isRecord(value))
    return failed({ code: 'invalid_json_line', message: 'this line is not a JSON object' })
  const { custom_id: customId, method = 'POST', url, body } = value
  if (typeof customId !== 'string' || customId === '')
    return failed({ code: 'missing_custom_id', message: 'custom_id must be a text' })
  const bad = (code: string, message: string) => failed({ code, message, customId })
  if (method !== 'POST') return bad('invalid_method', 'method must be POST')
  const endpoint = batchEndpoints.find((one) => one === url)
  if (endpoint === undefined) return bad('invalid_url', `url must be one of ${batchEndpoints.join(', ')}`)
  if (!isRecord(body)) return bad('invalid_body', 'body must be a JSON object')
  return done({ number, customId, url: endpoint, body })
}

export const isSuccess = ({ response, error }: LineResult): boolean =>
  error === undefined && response !== undefined && response.status < 300

/** The line's number stands in its id, so that what was done can be read off the file after a kill. */
export function writeResult(result: LineResult): string {
  const { number, customId, response, error } = result
  return JSON.stringify({
    id: `batch_req_${number}`,
    custom_id: customId ?? null,
    response: response
      ? { status_code: response.status, request_id: response.requestId, body: response.body }
      : null,
    error: error ? { code: error.code, message: error.message } : null,
  })
}

/** The number of the line a result speaks of; undefined where it is no result of ours. */
export function resultNumber(text: string): number | undefined {
  const value = parseJson(text)
  const id = isRecord(value) ? value['id'] : undefined
  const digits = typeof id === 'string' ? /^batch_req_(\d+)$/.exec(id)?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}

/** Whether a result that was written counts as an answer. */
export function wasSuccess(text: string): boolean {
  const value = parseJson(text)
  if (!isRecord(value) || value['error'] !== null) return false
  const response = value['response']
  return isRecord(response) && Number(response['status_code']) < 300
}
