/** What callers of each dialect call the settings that another dialect may not be able to take. */

import type { Dialect } from '../../protocol/chat.ts'

export interface CallerNames {
  readonly temperature: string
  readonly topP: string
  readonly topK: string
  readonly stop: string
  readonly seed: string
  readonly choices: string
  readonly presencePenalty: string
  readonly frequencyPenalty: string
  readonly logprobs: string
  readonly parallelToolCalls: string
  readonly endUser: string
  readonly toolStrict: string
  readonly reasoning: string
  readonly responseFormat: string
}

const openai: CallerNames = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  stop: 'stop',
  seed: 'seed',
  choices: 'n',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  logprobs: 'logprobs',
  parallelToolCalls: 'parallel_tool_calls',
  endUser: 'user',
  toolStrict: 'tools.function.strict',
  reasoning: 'reasoning_effort',
  responseFormat: 'response_format',
}

const anthropic: CallerNames = {
  ...openai,
  stop: 'stop_sequences',
  parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
  endUser: 'metadata.user_id',
  toolStrict: 'tools.strict',
  reasoning: 'thinking',
  responseFormat: 'output_config.format',
}

const gemini: CallerNames = {
  ...openai,
  temperature: 'generationConfig.temperature',
  topP: 'generationConfig.topP',
  topK: 'generationConfig.topK',
  stop: 'generationConfig.stopSequences',
  seed: 'generationConfig.seed',
  choices: 'generationConfig.candidateCount',
  presencePenalty: 'generationConfig.presencePenalty',
  frequencyPenalty: 'generationConfig.frequencyPenalty',
  logprobs: 'generationConfig.responseLogprobs',
  reasoning: 'generationConfig.thinkingConfig',
  responseFormat: 'generationConfig.responseMimeType',
}

const responses: CallerNames = {
  ...openai,
  toolStrict: 'tools.strict',
  reasoning: 'reasoning.effort',
  responseFormat: 'text.format',
}

const named: Readonly<Record<Dialect, CallerNames>> = { openai, anthropic, gemini, responses }

export function callerNames(dialect: Dialect): CallerNames {
  return named[dialect]
}
