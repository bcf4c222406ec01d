/** What callers of other dialects call the fields that Gemini cannot take. */

import type { CallerDialect } from '../../../protocol/chat.ts'

export interface FieldNames {
  readonly parallelToolCalls: string
  readonly endUser: string
  readonly stop: string
  readonly toolStrict: string
  readonly reasoning: string
  readonly responseFormat: string
}

const openai: FieldNames = {
  parallelToolCalls: 'parallel_tool_calls',
  endUser: 'user',
  stop: 'stop',
  toolStrict: 'tools.function.strict',
  reasoning: 'reasoning_effort',
  responseFormat: 'response_format',
}

const anthropic: FieldNames = {
  parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
  endUser: 'metadata.user_id',
  stop: 'stop_sequences',
  toolStrict: 'tools.strict',
  reasoning: 'thinking',
  responseFormat: 'output_format',
}

export function fieldNames(dialect: CallerDialect): FieldNames {
  return dialect === 'anthropic' ? anthropic : openai
}
