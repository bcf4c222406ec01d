/** Configuration of the rewriter of refused prompts: fields, and what is checked beyond single fields. */

import { z } from 'zod'
import type { ProviderConfig, RewriterConfig } from './config.ts'

const usualHarm = [
  'csam',
  'minors',
  'child',
  'self-harm',
  'suicide',
  'hate',
  'harassment',
  'violence',
  'weapon',
  'terror',
  'illicit',
  'dangerous',
  'prohibited_content',
  'cbrn',
]

export const rewriterSchema = z
  .strictObject({
    target: z
      .string()
      .regex(/^[^/]+\/.+$/, 'must be PROVIDER/MODEL')
      .optional()
      .describe('PROVIDER/MODEL that rephrases prompts; without it nothing is rewritten'),
    attempts: z.int().min(0).max(2).default(1).describe('most rewrites of one request'),
    scope: z
      .enum(['last', 'all'])
      .default('last')
      .describe('whose texts are rephrased: those of the last user message, or of all'),
    timeout_ms: z.int().min(100).max(120_000).default(5_000).describe('one rewrite, ms'),
    max_cost_usd: z.number().gt(0).max(100).default(0.01).describe('estimated cost of one rewrite, USD'),
    max_output_tokens: z.int().min(16).max(100_000).default(1_000).describe('length of the rewritten prompt'),
    temperature: z.number().min(0).max(2).optional().describe('the model’s own where absent'),
    harmful: z
      .array(z.string().min(2))
      .default(usualHarm)
      .describe('words of a provider’s reason after which nothing is rewritten'),
    instruction: z
      .string()
      .min(1)
      .optional()
      .describe('what the rewriter is told, instead of the built-in text'),
  })
  .prefault({})

/** `PROVIDER/MODEL`, parted. */
export function targetOf(text: string | undefined): RewriterConfig['target'] {
  if (text === undefined) return undefined
  const slash = text.indexOf('/')
  return { provider: text.slice(0, slash), model: text.slice(slash + 1) }
}

export function toRewriter(given: z.infer<typeof rewriterSchema>): RewriterConfig {
  const { target, timeout_ms, max_cost_usd, max_output_tokens, ...same } = given
  const named = targetOf(target)
  return {
    ...same,
    ...(named ? { target: named } : {}),
    timeoutMs: timeout_ms,
    maxCostUsd: max_cost_usd,
    maxOutputTokens: max_output_tokens,
  }
}

/** What is wrong with the target, in words; undefined where nothing is. */
export function targetProblem(
  { target }: Pick<RewriterConfig, 'target'>,
  providers: ReadonlyMap<string, ProviderConfig>,
): string | undefined {
  if (target === undefined) return undefined
  const provider = providers.get(target.provider)
  if (provider === undefined) return `there is no provider "${target.provider}"`
  const isDeclared = provider.models.length === 0 || provider.models.some(({ name }) => name === target.model)
  return isDeclared ? undefined : `provider "${target.provider}" does not list the model "${target.model}"`
}
