/** The shape of an Anthropic Messages request, as far as it is checked before anything is done with it. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'

const block = z.looseObject({ type: z.string() })
const isName = (value: unknown) => typeof value === 'string' && value !== ''
const namedBlock = block
  .refine(({ type, tool_use_id: id }) => type !== 'tool_result' || isName(id), {
    path: ['tool_use_id'],
    error: 'a tool_result must name the id of the tool_use that it answers',
  })
  .refine(({ type, id, name }) => type !== 'tool_use' || (isName(id) && isName(name)), {
    error: 'a tool_use must have an id and a name',
  })
const content = z.union([z.string(), z.array(namedBlock)])
const message = z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content })
const tool = z.looseObject({
  type: z.string().nullish(),
  name: z.string().min(1),
  description: z.string().optional(),
  input_schema: z.record(z.string(), z.unknown()).optional(),
  strict: z.boolean().nullish(),
})
const toolChoice = z.looseObject({
  type: z.enum(['auto', 'any', 'tool', 'none']),
  name: z.string().optional(),
  disable_parallel_tool_use: z.boolean().optional(),
})
const outputConfig = z.looseObject({
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  format: z
    .looseObject({ type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown()) })
    .nullish(),
})

export const messagesRequestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  max_tokens: z.int().min(1),
  system: content.nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  stream: z.boolean().nullish(),
  thinking: z.looseObject({ type: z.string(), budget_tokens: z.int().optional() }).nullish(),
  output_config: outputConfig.nullish(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
  models: z.array(z.string().min(1)).min(1).optional(),
  adaptive: z.unknown().optional(),
})

export type WireRequest = z.infer<typeof messagesRequestSchema>
export type WireBlock = z.infer<typeof block>
export type WireMessage = z.infer<typeof message>

/** The request, or a fault that names the first wrong field. */
export function checkRequest(body: unknown): Outcome<WireRequest, Fault> {
  const parsed = messagesRequestSchema.safeParse(body)
  if (parsed.success) return done(parsed.data)
  const issue = parsed.error.issues[0]
  const param = issue?.path.join('.') ?? ''
  const says = `${param === '' ? 'the body' : param}: ${issue?.message ?? 'is not valid'}`
  return failed(makeFault('invalid_request', says, { param }))
}
