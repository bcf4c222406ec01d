/** The shape of a generateContent request, as far as it is checked before anything is done with it. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'

/** Google takes names in both spellings; only the names of its own fields are respelled, never those in schemas or arguments. */
function camelKeys(value: unknown): unknown {
  if (!isRecord(value) || !Object.keys(value).some((name) => name.includes('_'))) return value
  const respelled = Object.entries(value).map(([name, one]) => [
    name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    one,
  ])
  return Object.fromEntries(respelled)
}

const shape = <Fields extends z.core.$ZodLooseShape>(fields: Fields) =>
  z.preprocess(camelKeys, z.looseObject(fields))
const data = z.record(z.string(), z.unknown())
const count = z.int().min(1)

const blob = shape({ mimeType: z.string(), data: z.string(), displayName: z.string().nullish() })
const fileData = shape({
  fileUri: z.string(),
  mimeType: z.string().nullish(),
  displayName: z.string().nullish(),
})
const part = shape({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  inlineData: blob.optional(),
  fileData: fileData.optional(),
  functionCall: shape({
    id: z.string().nullish(),
    name: z.string().min(1),
    args: data.nullish(),
  }).optional(),
  functionResponse: shape({
    id: z.string().nullish(),
    name: z.string(),
    response: data.nullish(),
    parts: z.array(shape({ inlineData: blob.optional(), fileData: fileData.optional() })).nullish(),
  }).optional(),
})
const content = shape({
  role: z.enum(['user', 'model', 'function', 'system']).nullish(),
  parts: z.array(part).nullish(),
})
const functionDeclaration = shape({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: data.nullish(),
  parametersJsonSchema: data.nullish(),
})
const generationConfig = shape({
  candidateCount: z.int().min(1).max(128).nullish(),
  maxOutputTokens: count.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  topK: z.number().min(0).nullish(),
  stopSequences: z.array(z.string()).nullish(),
  seed: z.int().nullish(),
  presencePenalty: z.number().nullish(),
  frequencyPenalty: z.number().nullish(),
  responseLogprobs: z.boolean().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  responseMimeType: z.string().nullish(),
  responseSchema: data.nullish(),
  responseJsonSchema: data.nullish(),
  thinkingConfig: shape({
    includeThoughts: z.boolean().nullish(),
    thinkingBudget: z.int().nullish(),
    thinkingLevel: z.string().nullish(),
  }).nullish(),
})

const bodySchema = shape({
  contents: z.array(content).min(1),
  systemInstruction: content.nullish(),
  tools: z.array(shape({ functionDeclarations: z.array(functionDeclaration).nullish() })).nullish(),
  toolConfig: shape({
    functionCallingConfig: shape({
      mode: z.string().nullish(),
      allowedFunctionNames: z.array(z.string()).nullish(),
    }).nullish(),
  }).nullish(),
  generationConfig: generationConfig.nullish(),
  model: z.string().optional(),
  models: z.array(z.string().min(1)).min(1).optional(),
  adaptive: z.unknown().optional(),
})

export type WireRequestBody = z.infer<typeof bodySchema>
export type WireContent = z.infer<typeof content>
export type WirePart = z.infer<typeof part>

/** The request, or a fault that names the first wrong field. */
export function checkRequest(body: unknown): Outcome<WireRequestBody, Fault> {
  const parsed = bodySchema.safeParse(body)
  if (parsed.success) return done(parsed.data)
  const issue = parsed.error.issues[0]
  const param = issue?.path.join('.') ?? ''
  const message = `${param === '' ? 'the body' : param}: ${issue?.message ?? 'is not valid'}`
  return failed(makeFault('invalid_request', message, { param }))
}
