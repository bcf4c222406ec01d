/** Faults on order: which calls to the simulated provider go wrong, and how. */

import { z } from 'zod'

const matchSchema = z
  .strictObject({
    model: z.string().optional(),
    key: z.string().optional(),
    dialect: z.enum(['openai', 'anthropic', 'gemini']).optional(),
  })
  .default({})

export const ruleSchema = z.strictObject({
  /** All given fields must be equal; an empty match is every call. */
  match: matchSchema,
  /** How many matching calls the rule takes; all by default. */
  times: z.int().min(1).optional(),
  /** Flapping: wrong for the first `down` calls, right for the next `up`, and so on. */
  flap: z.strictObject({ down: z.int().min(1), up: z.int().min(1) }).optional(),
  /** HTTP status of an error in the dialect's envelope. */
  status: z.int().min(300).max(599).optional(),
  /** Error code in the body, for example `insufficient_quota`. */
  code: z.string().optional(),
  message: z.string().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Body sent as it is, instead of the simulated answer. */
  body: z.string().optional(),
  delay_ms: z.int().min(0).default(0),
  /** Accepts and never answers. */
  stall: z.boolean().default(false),
  /** Sends this many stream events, then does what `break_with` says. */
  after_events: z.int().min(0).optional(),
  break_with: z.enum(['cut', 'reset', 'stall', 'malformed', 'error']).default('cut'),
  /** Closes the connection before any byte. */
  reset: z.boolean().default(false),
  /** Refuses by policy, as a success with nothing in it. */
  refusal: z.boolean().default(false),
})

export const sandboxFileSchema = z.strictObject({
  rules: z.array(ruleSchema).default([]),
  limits: z
    .strictObject({
      requests_per_minute: z.int().min(1).optional(),
      tokens_per_minute: z.int().min(1).optional(),
    })
    .default({}),
  /** Keys that are accepted; any key by default. */
  keys: z.array(z.string()).optional(),
  /** Wait between stream events, ms. */
  token_delay_ms: z.int().min(0).default(0),
})

export type Rule = z.infer<typeof ruleSchema>
export type SandboxFile = z.infer<typeof sandboxFileSchema>

export interface CallFacts {
  readonly model: string
  readonly key: string
  readonly dialect: string
}

/** Picks the rule for a call and counts it; the first rule that matches and has calls left wins. */
export function createRuleBook(rules: readonly Rule[]) {
  const taken = rules.map(() => 0)
  return {
    next(facts: CallFacts): Rule | undefined {
      for (const [at, rule] of rules.entries()) {
        if (!matches(rule, facts)) continue
        const before = taken[at] ?? 0
        if (rule.times !== undefined && before >= rule.times) continue
        taken[at] = before + 1
        if (rule.flap && before % (rule.flap.down + rule.flap.up) >= rule.flap.down) return undefined
        return rule
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
