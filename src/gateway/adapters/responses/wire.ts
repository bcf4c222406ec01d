/** The shape of a Responses request, as far as it is checked before anything is done with it. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'

const part = z.looseObject({ type: z.string() })
const content = z.union([z.string(), z.array(part)])

/** Items that are read; any other type is listed as not held. A message may leave its type out. */
export const itemSchemas = {
  message: z.looseObject({ role: z.enum(['user', 'assistant', 'system', 'developer']), content }),
  function_call: z.looseObject({
    call_id: z.string().min(1),
    name: z.string().min(1),
    arguments: z.string(),
  }),
  function_call_output: z.looseObject({ call_id: z.string().min(1), output: content }),
  reasoning: z.looseObject({
    summary: z.array(part).nullish(),
    content: z.array(part).nullish(),
    encrypted_content: z.string().nullish(),
  }),
} as const

const tool = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})
const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({
    type: z.string(),
    name: z.string().optional(),
    mode: z.enum(['auto', 'required']).optional(),
    tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).optional(),
  }),
])
const format = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  name: z.string().optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  strict: z.boolean().nullish(),
  description: z.string().optional(),
})

export const responsesRequestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.looseObject({ type: z.string().optional() }))]).nullish(),
  instructions: z.string().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: format.nullish(), verbosity: z.string().nullish() }).nullish(),
  reasoning: z
    .looseObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: z.string().nullish(),
    })
    .nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  include: z.array(z.string()).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_obfuscation: z.boolean().nullish() }).nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.unknown().optional(),
  background: z.boolean().nullish(),
  prompt: z.unknown().optional(),
  models: z.array(z.string().min(1)).min(1).optional(),
  adaptive: z.unknown().optional(),
})

export type WireResponsesRequest = z.infer<typeof responsesRequestSchema>
export type WireMessageItem = z.infer<typeof itemSchemas.message>
export type WireCallItem = z.infer<typeof itemSchemas.function_call>
export type WireOutputItem = z.infer<typeof itemSchemas.function_call_output>
export type WireReasoningItem = z.infer<typeof itemSchemas.reasoning>
export type WireContent = z.infer<typeof content>

/** The request, or a fault that names the first wrong field. */
export const checkRequest = (body: unknown): Outcome<WireResponsesRequest, Fault> =>
  check(responsesRequestSchema, body, '')

/** `place` stands before the name of a wrong field. */
export function check<Value>(schema: z.ZodType<Value>, value: unknown, place: string): Outcome<Value, Fault> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return done(parsed.data)
  const issue = parsed.error.issues[0]
  const param = [...(place === '' ? [] : [place]), ...(issue?.path ?? [])].map(String).join('.')
  const says = `${param === '' ? 'the body' : param}: ${issue?.message ?? 'is not valid'}`
  return failed(makeFault('invalid_request', says, { param }))
}
