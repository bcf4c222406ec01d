/** Faults on order: which calls to the simulated provider go wrong, and how. */

import { z } from 'zod'
import { type Dialect, dialects } from '../protocol/chat.ts'

const matchSchema = z.strictObject({
  model: z.string().optional().describe('the model the caller asks for'),
  key: z.string().optional().describe('the key the caller sends'),
  dialect: z.enum(dialects).optional().describe('the wire format of the call'),
})

const replaySchema = z
  .strictObject({
    file: z.string().min(1).optional().describe('the recording, relative to the rules file; or give `text`'),
    text: z.string().optional().describe('the recording itself; or give `file`'),
    as: z
      .enum(['json', 'sse'])
      .describe(
        '`json`: one whole answer, sent byte for byte; `sse`: stream events, as text with `data:` lines (sent as they are) or one JSON a line (framed as the dialect does)',
      ),
  })
  .refine(({ file, text }) => (file === undefined) !== (text === undefined), {
    error: 'give either file or text',
  })

const callCount = z.int().min(1)

export const ruleSchema = z.strictObject({
  match: matchSchema.default({}).describe('all given fields must be equal; none given is every call'),
  times: callCount.optional().describe('how many matching calls the rule takes; all where not given'),
  flap: z
    .strictObject({
      down: callCount.describe('so many calls go wrong'),
      up: callCount.describe('then so many go right, and so on'),
    })
    .optional(),
  status: z.int().min(300).max(599).optional().describe('HTTP status of an error in the dialect’s envelope'),
  code: z.string().optional().describe('error code in that envelope, for example `insufficient_quota`'),
  message: z
    .string()
    .optional()
    .describe('error message in that envelope; or, with `refusal`, how the model words it'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe('headers of the answer, in place of those it would have'),
  body: z.string().optional().describe('text sent instead of an answer, for example a web page'),
  replay: replaySchema.optional(),
  delay_ms: z.int().min(0).default(0).describe('wait before anything is sent'),
  stall: z.boolean().default(false).describe('accept the call and never answer'),
  after_events: z
    .int()
    .min(0)
    .optional()
    .describe('send this many stream events, then break; a whole answer breaks in the middle'),
  break_with: z
    .enum(['cut', 'reset', 'stall', 'malformed', 'error'])
    .default('cut')
    .describe('how it breaks: end of the bytes, reset, silence, broken JSON, an error event'),
  reset: z.boolean().default(false).describe('reset the connection before any byte'),
  refusal: z
    .boolean()
    .default(false)
    .describe('refuse as a success: by policy with nothing in it, or in the words of `message`'),
})

export const sandboxFileSchema = z.strictObject({
  rules: z.array(ruleSchema).default([]).describe('the first that matches and has calls left is taken'),
  limits: z
    .strictObject({
      requests_per_minute: z.int().min(1).optional().describe('calls of one key in any 60 s'),
      tokens_per_minute: z.int().min(1).optional().describe('tokens of one key in any 60 s, in and out'),
    })
    .default({}),
  keys: z.array(z.string()).optional().describe('keys that are accepted; any where not given'),
  token_delay_ms: z.int().min(0).default(0).describe('wait before each stream event'),
})

export type Rule = z.infer<typeof ruleSchema>
/** A rule as people write it: what has a default may be left out. */
export type RuleInput = z.input<typeof ruleSchema>
export type SandboxFile = z.infer<typeof sandboxFileSchema>

export interface CallFacts {
  readonly model: string
  readonly key: string
  readonly dialect: Dialect
}

/** The rule a call fell under; `number` is its place in the list, from 1. */
export interface Taken {
  readonly rule: Rule
  readonly number: number
}

/** Picks the rule for a call and counts it; the first rule that matches and has calls left wins. */
export function createRuleBook(rules: readonly Rule[]) {
  const taken = rules.map(() => 0)
  return {
    next(facts: CallFacts): Taken | undefined {
      for (const [at, rule] of rules.entries()) {
        if (!matches(rule, facts)) continue
        const before = taken[at] ?? 0
        if (rule.times !== undefined && before >= rule.times) continue
        taken[at] = before + 1
        if (rule.flap && before % (rule.flap.down + rule.flap.up) >= rule.flap.down) return undefined
        return { rule, number: at + 1 }
      }
      return undefined
    },
  }
}

function matches({ match }: Rule, facts: CallFacts): boolean {
  return (
    (match.model === undefined || match.model === facts.model) &&
    (match.key === undefined || match.key === facts.key) &&
    (match.dialect === undefined || match.dialect === facts.dialect)
  )
}
