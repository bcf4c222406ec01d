/** Fields of the configuration about staying up: time limits, attempts, circuits, keys, budgets. */

import { z } from 'zod'

const ms = (fallback: number, min = 1) => z.int().min(min).max(86_400_000).default(fallback)
const optionalMs = () => z.int().min(1).max(86_400_000).optional()
const count = (fallback: number) => z.int().min(1).max(1_000_000).default(fallback)

const says = {
  total:
    'one request, all attempts, ms; the general limit is 5 times as long for plans with a reasoning model',
  connect: 'one connection, ms',
  headers: 'the head of a streamed answer, ms; as long as `first_token_ms` where it is absent',
  first:
    'first content of a stream, ms; 1 s more for each 10,000 input tokens, 12 times for reasoning models',
  idle: 'between two pieces of content, ms; comments and pings are not content',
  response: 'a whole answer that is not streamed, ms; 10 times for reasoning models',
  stream:
    'a stream whose first content came in time, from its request to its end, ms; as long as `total_ms` where it is absent',
}

export const timeoutsSchema = z
  .strictObject({
    total_ms: ms(120_000).describe(says.total),
    connect_ms: ms(5_000).describe(says.connect),
    headers_ms: optionalMs().describe(says.headers),
    first_token_ms: ms(10_000).describe(says.first),
    idle_ms: ms(15_000).describe(says.idle),
    response_ms: ms(60_000).describe(says.response),
    stream_ms: optionalMs().describe(says.stream),
  })
  .prefault({})

const narrower = {
  total_ms: optionalMs().describe(says.total),
  connect_ms: optionalMs().describe(says.connect),
  headers_ms: optionalMs().describe(says.headers),
  first_token_ms: optionalMs().describe(says.first),
  idle_ms: optionalMs().describe(says.idle),
  response_ms: optionalMs().describe(says.response),
  stream_ms: optionalMs().describe(says.stream),
}

/** A route's own limits; what is absent is as in `timeouts`. */
export const routeTimeoutsSchema = z.strictObject(narrower).prefault({})

const profile = z.strictObject({
  ...narrower,
  patience_ms: z.int().min(0).max(86_400_000).optional().describe('as in `attempts`, ms'),
  same_try: z.int().min(1).max(1_000_000).optional().describe('as in `attempts`'),
  base_ms: z.int().min(0).max(86_400_000).optional().describe('as in `attempts`, ms'),
  max_ms: z.int().min(0).max(86_400_000).optional().describe('as in `attempts`, ms'),
})

/** A profile with limits of its own, of which the file may change any. */
const withDefaults = (own: z.infer<typeof profile>) =>
  profile.prefault({}).transform((given) => ({ ...own, ...given }))

/** One try of `tryMs`, so many tries on one target, and time for all of them. */
const environment = (tryMs: number, totalMs: number) => ({
  total_ms: totalMs,
  first_token_ms: tryMs,
  response_ms: tryMs,
})

/** By the name that requests, routes and the file choose them by. */
export const profilesSchema = z
  .strictObject({
    chat: withDefaults({}).describe('a person who reads'),
    phone: withDefaults({
      total_ms: 2_000,
      first_token_ms: 600,
      response_ms: 1_400,
      stream_ms: 120_000,
      patience_ms: 0,
      base_ms: 100,
      max_ms: 500,
    }).describe('a person who listens: an answer, or the first content of a stream, within 2 s'),
    batch: withDefaults({}).describe('nobody waits'),
    local: withDefaults({
      ...environment(5_000, 15_000),
      same_try: 3,
      base_ms: 200,
      max_ms: 2_000,
    }).describe('a programmer at work: faults are seen soon'),
    production: withDefaults({
      ...environment(8_000, 30_000),
      same_try: 4,
      base_ms: 300,
      max_ms: 3_000,
    }).describe('short answers to people who wait'),
    ci: withDefaults({
      ...environment(6_000, 18_000),
      same_try: 3,
      base_ms: 250,
      max_ms: 2_500,
    }).describe('tests on a machine that is shared'),
  })
  .prefault({})

/** For callers that speak what they are told. */
export const paceSchema = z
  .strictObject({
    by: z
      .enum(['sentence', 'piece'])
      .default('sentence')
      .describe('what streams are given out by: whole sentences, or pieces as they come'),
    every_ms: z.int().min(0).max(10_000).default(20).describe('least time between two of them, ms'),
  })
  .optional()

/** The profile of requests that name none. */
export const profileNameSchema = z
  .enum(['chat', 'phone', 'batch', 'local', 'production', 'ci'])
  .optional()
  .describe('the profile of requests that name none')

export const attemptsSchema = z
  .strictObject({
    max: count(12).describe('attempts of one request in all'),
    same_try: count(2).describe('attempts on one (provider, model, key)'),
    base_ms: ms(250, 0).describe('first back-off; doubles'),
    max_ms: ms(4_000, 0).describe('longest back-off'),
    patience_ms: ms(2_500, 0).describe('longest named wait for a preferred target whose keys all rest'),
  })
  .prefault({})

const share = (fallback: number) => z.number().min(0).max(1).default(fallback)

export const breakerSchema = z
  .strictObject({
    trip_after: count(5).describe('provider faults in a row that open a circuit'),
    window_ms: ms(60_000, 1_000).describe('calls of the last half to whole of so many ms are counted'),
    failed_share: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe('share of the calls in the window that opens a circuit when they fail'),
    min_calls: count(20).describe('fewer calls in the window never open a circuit by their share'),
    open_for_ms: ms(20_000).describe('how long an open circuit refuses calls'),
    jitter: share(0.1).describe('share by which that time is spread, up and down'),
    grow_after_ms: ms(300_000, 0).describe(
      'an outage of so many ms makes each further opening twice as long',
    ),
    open_cap_ms: ms(300_000).describe('longest time of one opening, before it is spread'),
    probes: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('calls that are let out after the wait, and must succeed before the circuit closes'),
    probe_lease_ms: ms(30_000).describe(
      'a probe that has not reported after so many ms, or after its own time limit if that is longer, is lent again',
    ),
    provider_trips_at: z
      .int()
      .min(1)
      .max(1_000)
      .default(2)
      .describe('models with open circuits that open the circuit of their provider'),
    enforce: share(1).describe(
      'share of requests that circuits may refuse; 0 is a dry run: trips are told, calls go out',
    ),
  })
  .prefault({})

/** YAML readers differ on whether `off` is a word or false. */
const onOff = z.union([z.enum(['on', 'off']), z.boolean()], { error: 'must be on or off' }).default('off')

export const hedgeSchema = z
  .strictObject({
    mode: onOff.describe(
      'call a second target beside a slow one; the first to answer wins and the other is ended, though its provider may bill it',
    ),
    quantile: z
      .number()
      .min(0.5)
      .max(0.999)
      .default(0.95)
      .describe('share of the target’s calls that begin their answer sooner than the second is called'),
    min_calls: count(20).describe('calls of a target that must be known before a second is called'),
    at_least_ms: ms(250, 0).describe('shortest wait before the second call, ms'),
  })
  .prefault({})

export const keyPoolSchema = z
  .strictObject({
    penalty: z.number().gt(0).max(1).default(0.5).describe('share of health a limit takes away'),
    healing_interval_ms: ms(3_600_000).describe('time after which a key heals by one increment'),
    healing_increment: z.number().gt(0).max(1).default(0.1).describe('health back for each full interval'),
    first_rest_ms: ms(1_000).describe('rest after a rate limit that names no time; doubles while they go on'),
    rest_cap_ms: ms(300_000).describe('longest rest when the provider named no time'),
    quota_rest_ms: ms(3_600_000).describe('rest of a key without credit when the provider named no time'),
    not_allowed_for_ms: ms(3_600_000).describe(
      'how long a model is not asked for with a key that may not use it; then it is tried again',
    ),
  })
  .prefault({})

export const retriesSchema = z
  .strictObject({
    share: share(0.2).describe('repeated calls a provider is given, as a share of the requests sent to it'),
    per_minute: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(10)
      .describe('repeated calls a minute beside the share, and most that are saved up'),
  })
  .prefault({})

export const throttleSchema = z
  .strictObject({
    k: z
      .number()
      .min(1)
      .max(1_000)
      .default(2)
      .describe(
        'a provider is sent at most about so many times the calls it lately answered; the rest goes to other targets where there are any',
      ),
    window_ms: ms(120_000, 1_000).describe('calls of the last half to whole of so many ms are counted'),
    min_calls: count(20).describe('fewer calls in the window hold nothing back'),
  })
  .prefault({})
