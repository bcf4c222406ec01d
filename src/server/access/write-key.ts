/** Keys and callers as JSON answers tell them: allow-listed fields, times in ISO 8601. */

import { allTenants, type Caller, type KeyLimits } from '../../protocol/access.ts'
import { tenantOf } from './decide.ts'
import type { ListedKey } from './key-office.ts'

type Json = Readonly<Record<string, unknown>>

export function writeKey(key: ListedKey): Json {
  return {
    id: key.id,
    name: key.name,
    state: key.state,
    source: key.source,
    tenant: key.tenant,
    scopes: key.scopes,
    routes: key.routes,
    models: key.models,
    limits: writeLimits(key.limits),
    created_at: key.createdAtMs === 0 ? undefined : iso(key.createdAtMs),
    expires_at: iso(key.expiresAtMs),
    rotated_at: iso(key.rotatedAtMs),
    revoked_at: iso(key.revokedAtMs),
    made_by: key.madeBy,
  }
}

/** What `GET /v1/key` tells a caller of itself. */
export function writeCaller(caller: Caller): Json {
  return {
    object: 'key',
    id: caller.keyId ?? null,
    name: caller.name,
    kind: caller.kind,
    tenant: tenantOf(caller),
    all_tenants: caller.tenant === allTenants,
    scopes: caller.scopes,
    routes: caller.routes ?? null,
    models: caller.models ?? null,
    expires_at: iso(caller.expiresAtMs) ?? null,
    limits: writeLimits(caller.limits),
  }
}

function writeLimits(limits: KeyLimits): Json {
  return {
    requests_per_minute: limits.requestsPerMinute,
    tokens_per_minute: limits.tokensPerMinute,
    concurrency: limits.concurrency,
    usd_per_day: limits.usdPerDay,
    usd_per_month: limits.usdPerMonth,
    allow_unpriced: limits.allowUnpriced,
  }
}

function iso(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString()
}
