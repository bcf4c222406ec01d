/** What a key may do, as it is written in the configuration file and in requests that make keys. */

import { z } from 'zod'

const name = z.string().regex(/^[\w.:@/-]{1,64}$/, 'letters, digits and _ . : @ / - only, at most 64')
const names = z.array(z.string().min(1).max(256)).max(1_000)
const bound = z.int().min(1).max(1_000_000_000)
const usd = z.string().regex(/^\d{1,9}(\.\d{1,6})?$/, 'a decimal number in quotes, like "25.00"')

/** `*` for all, or a name. */
const tenant = z
  .string()
  .regex(/^(\*|[A-Za-z0-9][\w.-]{0,63})$/, 'a name of letters, digits and _ . -, at most 64; or * for all')

export const keyNameSchema = name.describe('what people call it')

/** Fields of a key that say what it may do. */
export const keyFields = {
  scopes: z
    .array(z.enum(['inference', 'read', 'operate', 'admin']))
    .min(1)
    .default(['inference'])
    .describe('rights: operate holds read, admin holds all'),
  tenant: tenant.optional().describe('whose requests they are; * sees and manages all tenants'),
  routes: names.optional().describe('routes it may ask for; with routes or models, nothing else'),
  models: names.optional().describe('models it may ask for, as callers write them; * may stand at the end'),
  expires_at: z.iso
    .datetime({ offset: true, error: 'must be a time like 2030-01-31T00:00:00Z' })
    .optional()
    .describe('when it ends, ISO 8601'),
  limits: z
    .strictObject({
      requests_per_minute: bound.optional().describe('requests in any minute'),
      tokens_per_minute: bound.optional().describe('tokens in any minute'),
      concurrency: bound.optional().describe('requests at once'),
      usd_per_day: usd.optional().describe('USD in a day'),
      usd_per_month: usd.optional().describe('USD in a month'),
      allow_unpriced: z
        .boolean()
        .optional()
        .describe('with a budget, models whose price is not known may be called all the same'),
    })
    .prefault({}),
}

const fieldsSchema = z.strictObject(keyFields)
export type KeyFields = z.infer<typeof fieldsSchema>

export const accessSchema = z
  .strictObject({
    keys: z
      .array(
        z.strictObject({
          name: keyNameSchema,
          digest: z
            .string()
            .regex(
              /^sha256:[0-9a-fA-F]{64}$/,
              'must be sha256: and 64 hex digits, as `keys create --for-file` prints it',
            )
            .describe('sha256: and the digest of the key; the key itself stands nowhere'),
          ...keyFields,
        }),
      )
      .default([])
      .describe('virtual keys by their digest, the same in every process of a fleet'),
  })
  .prefault({})

/** What a key may do, in the form the program uses; without a tenant it is the one given. */
export function toGrant(fields: KeyFields, tenantElse: string) {
  const { scopes, tenant: own, routes, models, expires_at: expiresAt, limits } = fields
  return {
    tenant: own ?? tenantElse,
    scopes: [...new Set(scopes)],
    ...(routes ? { routes } : {}),
    ...(models ? { models } : {}),
    ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
    limits: toLimits(limits),
  }
}

export function toLimits(limits: KeyFields['limits']) {
  return withoutAbsent({
    requestsPerMinute: limits.requests_per_minute,
    tokensPerMinute: limits.tokens_per_minute,
    concurrency: limits.concurrency,
    usdPerDay: limits.usd_per_day,
    usdPerMonth: limits.usd_per_month,
    allowUnpriced: limits.allow_unpriced,
  })
}

function withoutAbsent<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>
}
