/** The response object: the head that says the request back, and what was made of it so far. */

import { isRecord } from '../../../base/text.ts'
import type { Answered } from '../../../protocol/adapter.ts'
import type { FinishReason, Usage } from '../../../protocol/reply.ts'
import { writeUsage } from './usage.ts'

type Wire = Readonly<Record<string, unknown>>

/** Stays the same from the first event to the last, but for the model, which may change with a recovery. */
export interface Head {
  readonly id: string
  readonly createdAtS: number
  readonly answered: Answered
  model: string
}

export interface Progress {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  readonly output: readonly Wire[]
  readonly reason?: FinishReason
  readonly usage?: Usage | undefined
  readonly error?: Wire
  readonly facts?: Wire | undefined
}

/** What the ids of a response and its items are made of: at most 40 letters and digits. */
export function idBase(providerId: string, { requestId }: Answered): string {
  const text = (requestId ?? providerId).replace(/^(req|resp|chatcmpl|msg)[_-]/, '')
  return text.replace(/[^a-zA-Z0-9]/g, '').slice(0, 40) || '0'
}

export function responseObject(head: Head, progress: Progress): Wire {
  const { status, output, reason, usage, error, facts } = progress
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAtS,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: status === 'incomplete' ? { reason: incompleteReason(reason) } : null,
    model: head.model,
    output,
    previous_response_id: null,
    store: false,
    truncation: 'disabled',
    ...saidBack(head.answered.request?.body ?? {}),
    usage: writeUsage(usage),
    ...(facts ? { adaptive: facts } : {}),
  }
}

const incompleteReason = (reason: FinishReason | undefined) =>
  reason === 'length' ? 'max_output_tokens' : 'content_filter'

/** Whether the answer ended before the model was done. */
export const isIncomplete = (reason: FinishReason | undefined) =>
  reason === 'length' || reason === 'content_filter'

/** The request's fields as they were given, with the API's defaults where it has any. */
function saidBack(body: Wire): Wire {
  const reasoning = isRecord(body['reasoning']) ? body['reasoning'] : {}
  const text = isRecord(body['text']) ? body['text'] : {}
  return {
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    metadata: body['metadata'] ?? {},
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    temperature: body['temperature'] ?? null,
    text: { ...text, format: text['format'] ?? { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: body['top_logprobs'] ?? 0,
    top_p: body['top_p'] ?? null,
    user: body['user'] ?? null,
  }
}
