/** What a caller may do: decisions about scopes, names and tenants, from values alone. */

import { allTenants, type Caller, defaultTenant, type KeyGrant, type Scope } from '../../protocol/access.ts'

/**
 * What a route asks of its caller. `public`: nothing; `any`: some valid key; `installation`: a key with the scope
 * `admin` that is bound to no tenant; a list: one of its scopes.
 */
export type RouteScope = 'public' | 'any' | 'installation' | readonly Scope[]

const held: Readonly<Record<Scope, readonly Scope[]>> = {
  inference: ['inference'],
  read: ['read'],
  operate: ['operate', 'read'],
  admin: ['admin', 'operate', 'read', 'inference'],
}

export function holds(grant: Pick<KeyGrant, 'scopes'>, wanted: Scope): boolean {
  return grant.scopes.some((scope) => held[scope].includes(wanted))
}

export function mayEnter(grant: Pick<KeyGrant, 'scopes' | 'tenant'>, route: RouteScope): boolean {
  if (route === 'public' || route === 'any') return true
  if (route === 'installation') return holds(grant, 'admin') && grant.tenant === allTenants
  return route.some((scope) => holds(grant, scope))
}

/** One name as callers write it in `model`. A route is allowed by its name alone, never by a pattern for models. */
export function mayAsk(
  { routes, models }: Pick<KeyGrant, 'routes' | 'models'>,
  name: string,
  isRoute: boolean,
): boolean {
  if (routes === undefined && models === undefined) return true
  if (isRoute) return routes?.includes(name) ?? false
  return models?.some((pattern) => fits(pattern, name)) ?? false
}

/** `*` may stand at the end, for any text; elsewhere it is itself. */
function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** The tenant a caller's requests count for. */
export function tenantOf({ tenant }: Pick<Caller, 'tenant'>): string {
  return tenant === allTenants ? defaultTenant : tenant
}

/** Whether a caller may see what belongs to a tenant; what it may not see does not exist for it. */
export function maySee({ tenant }: Pick<KeyGrant, 'tenant'>, owner: string): boolean {
  return tenant === allTenants || tenant === owner
}

/** The first thing in which a wanted key is broader than its maker; undefined where it is in no way. */
export function broaderThan(maker: KeyGrant, wanted: KeyGrant): string | undefined {
  const scope = wanted.scopes.find((one) => !holds(maker, one))
  if (scope !== undefined) return `scope ${scope}`
  if (maker.tenant !== allTenants && wanted.tenant !== maker.tenant) return 'tenant'
  if (!isNamedWithin(maker, wanted)) return 'routes and models'
  if (maker.expiresAtMs !== undefined && (wanted.expiresAtMs ?? Infinity) > maker.expiresAtMs) return 'expiry'
  return looserLimit(maker, wanted)
}

function isNamedWithin(maker: KeyGrant, wanted: KeyGrant): boolean {
  if (maker.routes === undefined && maker.models === undefined) return true
  if (wanted.routes === undefined && wanted.models === undefined) return false
  const routes = wanted.routes ?? []
  const models = wanted.models ?? []
  return (
    routes.every((name) => maker.routes?.includes(name)) &&
    // A pattern lies within another where its own text, star included, fits it.
    models.every((pattern) => maker.models?.some((own) => own === pattern || fits(own, pattern)))
  )
}

const counted = ['requestsPerMinute', 'tokensPerMinute', 'concurrency', 'usdPerDay', 'usdPerMonth'] as const

function looserLimit({ limits: own }: KeyGrant, { limits: wanted }: KeyGrant): string | undefined {
  const looser = counted.find((name) => {
    const bound = own[name]
    return bound !== undefined && Number(wanted[name] ?? Infinity) > Number(bound)
  })
  if (looser !== undefined) return looser
  const isBudgeted = own.usdPerDay !== undefined || own.usdPerMonth !== undefined
  return isBudgeted && wanted.allowUnpriced && !own.allowUnpriced ? 'allowUnpriced' : undefined
}
