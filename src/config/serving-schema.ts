/** The sections of the file about serving at work: what is kept of answers, and what processes share. */

import { z } from 'zod'
import { keyFields } from './access-schema.ts'

const ms = (fallback: number, min = 1) => z.int().min(min).max(2_592_000_000).default(fallback)

/** YAML readers differ on whether `off` is a word or false. */
const mode = z
  .union([z.enum(['off', 'read', 'write', 'refresh']), z.literal(false)], {
    error: 'must be off, read, write or refresh',
  })
  .default('off')

export const routeCacheSchema = z
  .strictObject({
    mode: mode.describe(
      'read: look up only; write: look up, then store; refresh: store only. A request may say otherwise',
    ),
    ttl_ms: ms(86_400_000).describe('how long an answer is fresh'),
    sampled: z
      .boolean()
      .default(false)
      .describe('also keep answers drawn at a temperature above 0, which an omitted one counts as'),
    semantic: z
      .boolean()
      .default(false)
      .describe('also give the answer to other words of the same meaning; needs `cache.semantic.target`'),
  })
  .prefault({})

export const cacheSchema = z
  .strictObject({
    memory_bytes: z
      .int()
      .min(1_024)
      .max(1_073_741_824)
      .default(20_971_520)
      .describe('stored bytes kept in memory'),
    memory_entries: z.int().min(1).max(1_000_000).default(10_000).describe('answers kept in memory'),
    entry_bytes: z
      .int()
      .min(1_024)
      .max(67_108_864)
      .default(2_097_152)
      .describe('largest answer that is kept'),
    semantic: z
      .strictObject({
        target: z
          .string()
          .regex(/^[^/]+\/.+$/, 'must be PROVIDER/MODEL')
          .optional()
          .describe('PROVIDER/MODEL that gives the vectors of questions; without it none are compared'),
        threshold: z
          .number()
          .min(0.5)
          .max(1)
          .default(0.95)
          .describe('cosine of two vectors from which their questions mean the same'),
        entries: z.int().min(1).max(100_000).default(1_000).describe('questions whose vectors are kept'),
        wait_ms: z.int().min(1).max(60_000).default(500).describe('longest wait for a vector, ms'),
      })
      .prefault({}),
    stale_if_error_ms: ms(86_400_000, 0).describe(
      'how long beyond its time an answer is given when every target fails',
    ),
  })
  .prefault({})

export const redisSchema = z
  .strictObject({
    url: z
      .string()
      .regex(/^rediss?:\/\/./, 'must begin with redis:// or rediss://')
      .optional()
      .describe('a Redis that processes share; without it each keeps to itself'),
    prefix: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'letters, digits and _ . - only, at most 64')
      .default('adaptive-mind')
      .describe('begins the name of everything stored there'),
    wait_ms: z
      .int()
      .min(1)
      .max(10_000)
      .default(50)
      .describe(
        'longest silence while an answer is waited for; after it Redis is left alone until it is back. One that answers others meanwhile is waited for up to ten times as long',
      ),
  })
  .prefault({})

/** An address, or a network like `10.0.0.0/8`. */
const network = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error: 'must be an address or a network like 10.0.0.0/8',
  })
  .describe('an address or a network')

export const trustProxySchema = z
  .array(network)
  .default([])
  .describe('proxies whose `X-Forwarded-For` names the caller’s address')

export const tlsSchema = z
  .strictObject({
    cert_file: z.string().min(1).describe('certificate and its chain, PEM; read again when it changes'),
    key_file: z.string().min(1).describe('its key, PEM'),
  })
  .optional()

const perMinute = (fallback: number) => z.int().min(1).max(1_000_000_000).default(fallback)

export const ratesSchema = z
  .strictObject({
    mode: z
      .union([z.enum(['auto', 'on', 'off']), z.boolean()], { error: 'must be auto, on or off' })
      .default('auto')
      .describe('auto: on, but for a server that only this machine reaches and that asks for no key'),
    chat_per_minute: perMinute(100).describe('chat requests of one key or address in any minute'),
    embeddings_per_minute: perMinute(100).describe('requests for embeddings'),
    models_per_minute: perMinute(500).describe('requests for the list of models'),
    health_per_minute: perMinute(1_000).describe('requests for the plain health'),
    reading_per_minute: perMinute(100).describe(
      'each endpoint that reads: metrics, detailed health, ledger, traces',
    ),
    writing_per_minute: perMinute(100).describe('each endpoint that changes something: keys, secrets, cache'),
    ingest_per_minute: perMinute(3_000).describe(
      'each endpoint by which programs hand in data: traces, runs, feedback, files, batches',
    ),
    trigger_per_minute: perMinute(10).describe('each endpoint that starts work, such as pre-warming'),
  })
  .prefault({})

export const tenantsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'a name of letters, digits and _ . -, at most 64'),
    z.strictObject({ limits: keyFields.limits }),
  )
  .default({})
  .describe('what all keys of a tenant together may use')

export const sheddingSchema = z
  .strictObject({
    in_flight: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(5_000)
      .describe('requests running at once beyond which new ones are refused'),
    lag_ms: z.int().min(10).max(60_000).default(500).describe('delay of the event loop that is too long, ms'),
    lag_for_ms: z
      .int()
      .min(1)
      .max(600_000)
      .default(2_000)
      .describe(
        'how long each delay must be too long before new ones are refused, ms; one pause never does it',
      ),
    heap_share: z
      .number()
      .min(0.1)
      .max(1)
      .default(0.92)
      .describe('share of the heap’s limit beyond which new ones are refused'),
  })
  .prefault({})

export const batchSchema = z
  .strictObject({
    concurrency: z.int().min(1).max(1_000).default(20).describe('lines of one batch that are asked at once'),
    max_lines: z.int().min(1).max(10_000_000).default(50_000).describe('most lines of one batch'),
    max_file_bytes: z
      .int()
      .min(1_024)
      .max(10_737_418_240)
      .default(209_715_200)
      .describe('largest file that is taken'),
    keep_days: z.int().min(1).max(3_650).default(30).describe('how long files are kept'),
  })
  .prefault({})

export const prewarmConfigSchema = z
  .strictObject({
    file: z.string().min(1).optional().describe('YAML or JSON list of what is asked ahead of time'),
    on_start: z.boolean().default(true).describe('ask it when the gateway starts'),
    interval_ms: z.int().min(1_000).max(2_000_000_000).default(1_800_000).describe('time between two rounds'),
    workers: z.int().min(1).max(100).default(3).describe('requests at once'),
    tenant: z.string().min(1).max(64).default('default').describe('for whom the answers are kept'),
  })
  .prefault({})
