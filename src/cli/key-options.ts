/** Reads what was typed for a new key into the request that makes it, and writes the row of a configuration file. */

import { done, failed, type Outcome } from '../base/outcome.ts'

export interface KeyOptions {
  readonly name: string
  readonly scopes?: string
  readonly tenant?: string
  readonly routes?: string
  readonly models?: string
  readonly expires?: string
  readonly requestsPerMinute?: string
  readonly tokensPerMinute?: string
  readonly concurrency?: string
  readonly usdPerDay?: string
  readonly usdPerMonth?: string
  readonly allowUnpriced?: boolean
  readonly forFile?: boolean
}

type Fields = Readonly<Record<string, unknown>>

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `90s`, `15m`, `24h`, `30d`, or `0`. */
export function spanMs(text: string): Outcome<number, string> {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (text === '0') return done(0)
  if (count === undefined) return failed(`must be a time like 90s, 15m, 24h or 30d, not "${text}"`)
  return done(Number(count) * unitsMs[unit as keyof typeof unitsMs])
}

/** The request's own schema says what is wrong with it; here only what typing adds is read. */
export function keyRequest(options: KeyOptions, nowMs: number): Outcome<Fields, string> {
  const { name, tenant, allowUnpriced } = options
  const expires = options.expires === undefined ? undefined : expiresAt(options.expires, nowMs)
  if (expires !== undefined && !expires.ok) return failed(`--expires ${expires.fault}`)
  const limits = withoutAbsent({
    requests_per_minute: countOf(options.requestsPerMinute),
    tokens_per_minute: countOf(options.tokensPerMinute),
    concurrency: countOf(options.concurrency),
    usd_per_day: options.usdPerDay,
    usd_per_month: options.usdPerMonth,
    allow_unpriced: allowUnpriced,
  })
  return done(
    withoutAbsent({
      name,
      tenant,
      scopes: listOf(options.scopes),
      routes: listOf(options.routes),
      models: listOf(options.models),
      expires_at: expires?.value,
      limits: Object.keys(limits).length > 0 ? limits : undefined,
    }),
  )
}

function expiresAt(text: string, nowMs: number): Outcome<string, string> {
  if (/^\d{4}-/.test(text)) return done(text)
  const span = spanMs(text)
  return span.ok ? done(new Date(nowMs + span.value).toISOString()) : span
}

const listOf = (text: string | undefined) => text?.split(',').map((one) => one.trim())

/** What is no number stays a text, and is refused by the schema. */
const countOf = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : text)

function withoutAbsent(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** The key as it stands under `access: keys:`; JSON is YAML. */
export function fileRow(request: Fields, digest: string): { readonly fields: Fields; readonly text: string } {
  const { name, ...rest } = request
  const fields = { name, digest: `sha256:${digest}`, ...rest }
  return { fields, text: `    - ${JSON.stringify(fields)}` }
}
