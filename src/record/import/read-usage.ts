/** Reads token counts, whatever a library calls them. */

import type { RunUsage } from '../../protocol/run.ts'
import { asLoose, asNumber, filledIn, firstOf, type Loose } from './loose.ts'

const names: Readonly<Record<'input' | 'output' | 'cachedInput' | 'reasoning', readonly string[]>> = {
  input: [
    'input_tokens',
    'prompt_tokens',
    'promptTokens',
    'inputTokens',
    'input',
    'prompt_token_count',
    'promptTokenCount',
  ],
  output: [
    'output_tokens',
    'completion_tokens',
    'completionTokens',
    'outputTokens',
    'output',
    'candidates_token_count',
    'candidatesTokenCount',
  ],
  cachedInput: [
    'cached_tokens',
    'cache_read_input_tokens',
    'cachedInputTokens',
    'input_cached_tokens',
    'cache_read',
  ],
  reasoning: ['reasoning_tokens', 'reasoningTokens', 'output_reasoning_tokens', 'thoughts_token_count'],
}

/** Undefined where none of the known names holds a number. */
export function readUsage(value: unknown): RunUsage | undefined {
  const given = asLoose(value)
  if (given === undefined) return undefined
  const details = [
    given,
    ...['input_token_details', 'prompt_tokens_details', 'input_tokens_details'].map((name) => given[name]),
    ...['output_token_details', 'completion_tokens_details', 'output_tokens_details'].map(
      (name) => given[name],
    ),
  ]
  const usage = filledIn({
    input: count(given, names.input),
    output: count(given, names.output),
    cachedInput: firstOf(...details.map((one) => count(asLoose(one) ?? {}, names.cachedInput))),
    reasoning: firstOf(...details.map((one) => count(asLoose(one) ?? {}, [...names.reasoning, 'reasoning']))),
  })
  return Object.keys(usage).length > 0 ? usage : undefined
}

function count(given: Loose, wanted: readonly string[]): number | undefined {
  return firstOf(...wanted.map((name) => asNumber(given[name])))
}

/** USD as a decimal string; undefined where the value is no cost. */
export function readCost(value: unknown): string | undefined {
  const number = asNumber(value)
  if (number === undefined || number < 0) return undefined
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? value.trim() : plain(number)
}

/** Without an exponent, to a billionth. */
const plain = (number: number) => number.toFixed(9).replace(/\.?0+$/, '') || '0'
