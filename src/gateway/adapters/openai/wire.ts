/** The shape of an OpenAI chat-completions request, as far as it is checked before anything is done with it. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'

const part = z.looseObject({ type: z.string() })
const content = z.union([z.string(), z.array(part)]).nullish()
const toolCall = z.looseObject({
  id: z.string(),
  function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
})
const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content,
  name: z.string().optional(),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: z.string().optional(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
})
const namedMessage = message.refine((one) => one.role !== 'tool' || Boolean(one.tool_call_id), {
  path: ['tool_call_id'],
  error: 'a message of role "tool" must name the id of the call that it answers',
})
const tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string().min(1),
      description: z.string().optional(),
      parameters: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    })
    .optional(),
})
const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({ type: z.string(), function: z.looseObject({ name: z.string() }).optional() }),
])
const responseFormat = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  json_schema: z
    .looseObject({
      name: z.string(),
      description: z.string().optional(),
      schema: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    })
    .optional(),
})
const count = z.int().min(1)

export const chatRequestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(namedMessage).min(1),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.int().nullish(),
  n: z.int().min(1).max(128).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
  user: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  models: z.array(z.string().min(1)).min(1).optional(),
  adaptive: z.unknown().optional(),
})

export type WireChatRequest = z.infer<typeof chatRequestSchema>
export type WireMessage = WireChatRequest['messages'][number]

export const checkedFields: ReadonlySet<string> = new Set(Object.keys(chatRequestSchema.shape))

/** The schema without what a body does not have, by the names that it has: zod makes a record of every field that is not there, too. */
const schemas = new Map<string, typeof chatRequestSchema>()
/** Callers send few different sets of fields. */
const mostSchemas = 64

function schemaFor(body: unknown): typeof chatRequestSchema {
  if (!isRecord(body)) return chatRequestSchema
  let names = ''
  for (const name in body) if (checkedFields.has(name)) names += `${name} `
  const known = schemas.get(names)
  if (known) return known
  if (schemas.size >= mostSchemas) return chatRequestSchema
  const fields = ['model', 'messages', ...names.split(' ')].filter((name) => name !== '')
  const picked = chatRequestSchema.pick(Object.fromEntries(fields.map((name) => [name, true])) as object)
  const schema = picked as unknown as typeof chatRequestSchema
  schemas.set(names, schema)
  return schema
}

/** The request, or a fault that names the first wrong field. */
export function checkRequest(body: unknown): Outcome<WireChatRequest, Fault> {
  const parsed = schemaFor(body).safeParse(body)
  if (parsed.success) return done(parsed.data)
  const issue = parsed.error.issues[0]
  const param = issue?.path.join('.') ?? ''
  return failed(
    makeFault(
      'invalid_request',
      `${param === '' ? 'the body' : param}: ${issue?.message ?? 'is not valid'}`,
      { param },
    ),
  )
}
