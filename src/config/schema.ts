/** The configuration file: every field with its type, range, default and meaning. Defaults are written here and nowhere else. */

import { z } from 'zod'
import { accessSchema } from './access-schema.ts'
import { healthSchema } from './health-schema.ts'
import { dialects } from './providers.ts'
import { exportersSchema, tracesSchema } from './record-schema.ts'
import {
  attemptsSchema,
  breakerSchema,
  hedgeSchema,
  keyPoolSchema,
  paceSchema,
  profileNameSchema,
  profilesSchema,
  retriesSchema,
  routeTimeoutsSchema,
  throttleSchema,
  timeoutsSchema,
} from './resilience-schema.ts'
import { rewriterSchema } from './rewriter.ts'
import {
  batchSchema,
  cacheSchema,
  prewarmConfigSchema,
  ratesSchema,
  redisSchema,
  routeCacheSchema,
  sheddingSchema,
  tenantsSchema,
  tlsSchema,
  trustProxySchema,
} from './serving-schema.ts'

const ms = (fallback: number, min = 1) => z.int().min(min).max(86_400_000).default(fallback)
const count = (fallback: number) => z.int().min(1).max(1_000_000).default(fallback)
const share = (fallback: number) => z.number().min(0).max(1).default(fallback)
const maxBytes = z.int().min(65_536).max(1_099_511_627_776)
const bytes = (fallback: number) => maxBytes.default(fallback)
const days = z.number().gt(0).max(36_500)
const price = z.string().regex(/^\d+(\.\d{1,12})?$/, 'a decimal number in quotes, like "0.15"')

/** Names that every object has by birth, and that must never be taken for one of ours. */
export const reservedNames: readonly string[] = ['__proto__', 'constructor', 'prototype']

const model = z.union(
  [
    z.string().min(1),
    z.strictObject({
      name: z.string().min(1).describe('the model’s name at the provider'),
      context_tokens: z.int().min(1).optional().describe('tokens it reads'),
      max_output_tokens: z.int().min(1).optional().describe('tokens it writes'),
      input_price: price.optional().describe('USD per million input tokens'),
      output_price: price.optional().describe('USD per million output tokens'),
      tools: z.boolean().optional().describe('calls functions'),
      vision: z.boolean().optional().describe('reads images'),
      json_schema: z.boolean().optional().describe('answers in the form of a JSON schema'),
      prefill: z.boolean().optional().describe('goes on from a begun answer'),
      reasoning: z.boolean().optional().describe('thinks before it answers, so it is given more time'),
    }),
  ],
  { error: 'must be a name, or an object with a name' },
)

const provider = z.strictObject({
  dialect: z.enum(dialects).optional().describe('wire format; known for known providers'),
  base_url: z.string().optional().describe('address of the API; known for known providers'),
  keys: z
    .array(z.string())
    .default([])
    .describe('keys in order of preference; commas separate several in one text'),
  keyless: z.boolean().optional().describe('call without a key'),
  stored_keys: z
    .boolean()
    .default(false)
    .describe('also use the keys stored with `secrets set`, which are bound to this address'),
  local: z
    .boolean()
    .optional()
    .describe('its name may lead into a private network; true for addresses that are written as numbers'),
  models: z
    .array(model)
    .default([])
    .describe('models it has; a target may only name these where any are given'),
  max_embedding_inputs: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('inputs of one embeddings call; larger requests are split (OpenAI’s dialect 2048, Gemini 100)'),
  simulated: z.boolean().default(false).describe('mark its answers as made up'),
})

/** YAML readers differ on whether `off` is a word or false. */
const onOff = z.union([z.enum(['on', 'off']), z.boolean()], { error: 'must be on or off' }).default('off')

const route = z.strictObject({
  targets: z
    .array(
      z.strictObject({
        provider: z.string().min(1).describe('a name under `providers`'),
        models: z.array(z.string().min(1)).min(1).describe('its models, tried in this order'),
      }),
    )
    .min(1)
    .describe('tried in this order'),
  strategy: z
    .enum(['priority', 'learned'])
    .default('priority')
    .describe('how targets are ordered: as written, or by what was learned of them'),
  streams: z
    .strictObject({
      recovery: z
        .array(z.enum(['prefill', 'align', 'continue']))
        .default(['prefill', 'align', 'continue'])
        .describe('ways to finish a stream that its provider dropped, tried in this order'),
      pace: paceSchema,
    })
    .prefault({}),
  profile: profileNameSchema,
  timeouts: routeTimeoutsSchema,
  hedge: hedgeSchema,
  rewrite: onOff.describe(
    'rewrite prompts a provider refused by its policy; `rewriter.target` says who does',
  ),
  cache: routeCacheSchema,
  vectors: z
    .enum(['same_model', 'any'])
    .default('same_model')
    .describe('embeddings: fail over to targets of the first one’s model alone, or to all of them'),
})

export const configSchema = z.strictObject({
  server: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
      port: z.int().min(0).max(65_535).default(4100).describe('0 picks a free port'),
      body_limit_bytes: z
        .int()
        .min(1_024)
        .max(1_073_741_824)
        .default(20_971_520)
        .describe('largest request body'),
      drain_ms: ms(30_000, 0).describe('how long SIGTERM waits for running requests'),
      trust_proxy: trustProxySchema,
      tls: tlsSchema,
    })
    .prefault({}),
  providers: z.record(z.string(), provider).default({}),
  routes: z.record(z.string(), route).default({}).describe('names that callers put in `model`'),
  timeouts: timeoutsSchema,
  profile: profileNameSchema,
  profiles: profilesSchema.describe(
    'limits that requests choose by `adaptive.profile`, routes and the file by `profile`',
  ),
  attempts: attemptsSchema,
  breaker: breakerSchema,
  retries: retriesSchema,
  throttle: throttleSchema,
  key_pool: keyPoolSchema,
  rewriter: rewriterSchema,
  unknown_faults: z
    .enum(['server', 'fatal'])
    .default('server')
    .describe('faults of no known kind: tried elsewhere like a server error, or given to the caller at once'),
  rates: ratesSchema,
  tenants: tenantsSchema,
  shedding: sheddingSchema,
  health: healthSchema,
  cache: cacheSchema,
  batch: batchSchema,
  prewarm: prewarmConfigSchema,
  redis: redisSchema,
  access: accessSchema,
  ledger: z
    .strictObject({
      previews: z
        .enum(['off', 'redacted', 'full'])
        .default('redacted')
        .describe('what of the texts is kept for people'),
      mode: z
        .enum(['required', 'best-effort'])
        .default('best-effort')
        .describe('refuse or serve what cannot be recorded'),
      commit_wait_ms: ms(250).describe('longest wait for a commit'),
      synchronous: z
        .enum(['normal', 'full'])
        .default('normal')
        .describe('full also survives a loss of power'),
      prompt_hash: z
        .enum(['keyed', 'plain'])
        .default('keyed')
        .describe('plain hashes of texts are the same on every installation, and short texts can be guessed'),
      prompt_characters: count(512).describe('longest preview of a prompt'),
      response_characters: count(1_024).describe('longest preview of an answer'),
      content: z
        .enum(['none', 'stored'])
        .default('none')
        .describe('stored keeps the whole texts, encrypted for each tenant'),
      redact_patterns: z
        .array(z.string().min(1))
        .default([])
        .describe('regular expressions; what they find becomes `[redacted]`'),
      spill_bytes: bytes(67_108_864).describe('entries kept in memory while the store is away'),
      checkpoints: z
        .strictObject({
          every_entries: count(1_000).describe('a signed checkpoint after so many entries'),
          every_ms: ms(60_000).describe('and after this time, where there is anything new'),
          file: z
            .string()
            .min(1)
            .optional()
            .describe('where they are appended; `checkpoints.ndjson` in the data directory'),
          url: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe('where each is posted too, as JSON'),
        })
        .prefault({}),
    })
    .prefault({}),
  resilience_score: z
    .strictObject({
      rewrite: share(0.1).describe('lost for a rewritten prompt'),
      call_failure: share(0.2).describe('lost for each call that failed'),
      key_rotation: share(0.05).describe('lost for each change of the key'),
      model_failover: share(0.1).describe('lost for each change of the model'),
      provider_failover: share(0.15).describe('lost for each change of the provider'),
      breaker_tripped: share(0.25).describe('lost for each circuit that opened'),
      all_failed: share(0.5).describe('lost where every target failed'),
      unanswered_most: share(0.5).describe('the most a request without an answer can score'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'off'])
        .default('info')
        .describe(
          'the least severe lines; `debug` tells every request, `warn` those that needed a second try',
        ),
      format: z
        .enum(['auto', 'text', 'json'])
        .default('auto')
        .describe('`auto` is text on a terminal and JSON elsewhere'),
    })
    .prefault({}),
  events: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warning', 'error', 'critical', 'off'])
        .default('info')
        .describe('the least severe event that is stored'),
      queue: count(10_000).describe('events that wait to be stored; beyond it the least severe go'),
      batch: count(500).describe('events of one transaction'),
      batch_ms: ms(50).describe('longest wait for a batch to fill'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      entries_days: days.optional().describe('age at which entries are removed; never where it is absent'),
      previews_days: days.default(90).describe('age at which previews are removed'),
      content_days: days.default(30).describe('age at which stored texts are removed'),
      events_days: days.default(7).describe('age at which events are removed'),
      journal_max_bytes: maxBytes.optional().describe('size above which the oldest entries are removed'),
      events_max_bytes: bytes(1_073_741_824).describe('size above which the oldest events are removed'),
      every_ms: ms(3_600_000).describe('time between two rounds'),
    })
    .prefault({}),
  traces: tracesSchema,
  exporters: exportersSchema,
})

export type ConfigFile = z.infer<typeof configSchema>
