/** Who may call, as plain data: scopes, what a key grants, the key as it is remembered, and the caller it makes. */

/** Not ordered: each is a right of its own. `admin` holds all of them, `operate` holds `read`. */
export type Scope = 'inference' | 'read' | 'operate' | 'admin'

export const scopes: readonly Scope[] = ['inference', 'read', 'operate', 'admin']

/** The tenant of calls whose key names none, and of calls without a key. */
export const defaultTenant = 'default'

/** In the place of a tenant: the key sees and manages all of them. Its own calls count for the default tenant. */
export const allTenants = '*'

/** Absent means without limit. */
export interface KeyLimits {
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  /** Requests running at once. */
  readonly concurrency?: number
  /** Decimal string, USD. */
  readonly usdPerDay?: string
  /** Decimal string, USD. */
  readonly usdPerMonth?: string
  /** A key with a budget may also call models whose price is not known. */
  readonly allowUnpriced?: boolean
}

/** What a key may do. */
export interface KeyGrant {
  readonly tenant: string
  readonly scopes: readonly Scope[]
  /** Names of routes it may ask for. Where routes or models are given, everything else is refused. */
  readonly routes?: readonly string[]
  /** Models it may ask for by name, as callers write them: `gpt-4.1`, `openai/gpt-4.1`, `openai/*`. */
  readonly models?: readonly string[]
  /** Ms since 1970; absent means never. */
  readonly expiresAtMs?: number
  readonly limits: KeyLimits
}

/** A key as it is remembered: never the key itself. */
export interface KeyRecord extends KeyGrant {
  /** `vk_…`, or `file:NAME` for a key of the configuration file. */
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  readonly revokedAtMs?: number
  readonly rotatedAtMs?: number
  /** Id of the caller who made it; `cli` for the command line. */
  readonly madeBy: string
}

/** SHA-256 of a key, hex. The key has 128 random bits, so that a fast hash tells nothing about it. */
export type KeyDigest = string

/** A digest that opens as a key does; after a rotation there are two for a while. */
export interface KeyOpening {
  readonly digest: KeyDigest
  /** Ms since 1970; absent means as long as the key itself. */
  readonly endsAtMs?: number
}

/** Whoever stands behind a request that was let in. */
export interface Caller extends KeyGrant {
  /** Absent where no key is asked for. */
  readonly keyId?: string
  readonly name: string
  /** `open`: no key is asked for; `admin`: the admin key of the environment; `key`: a virtual key. */
  readonly kind: 'open' | 'admin' | 'key'
}
