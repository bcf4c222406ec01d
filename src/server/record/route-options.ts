/** Who may call the routes of the record, and whose record they see. */

import type { FastifyRequest } from 'fastify'
import { isRecord } from '../../base/text.ts'
import { allTenants, type Scope } from '../../protocol/access.ts'
import { tenantOf as tenantOfCaller } from '../access/decide.ts'

const scoped = (...scope: readonly Scope[]) => ({ config: { scope } })

export const forReaders = scoped('read')
/** Programs that call models may also say what they did and how good it was. */
export const forWriters = scoped('inference', 'operate')
export const forOperators = scoped('operate')

/** The tenant a caller asks about: its own, or for a caller of all tenants the one its query names, if any. */
export function askedTenant({ caller, query }: Pick<FastifyRequest, 'caller' | 'query'>): string | undefined {
  if (caller.tenant !== allTenants) return caller.tenant
  const named = isRecord(query) ? query['tenant'] : undefined
  return typeof named === 'string' && named !== '' ? named : undefined
}

/** The same where one tenant must be meant. */
export const seenTenant = (request: Pick<FastifyRequest, 'caller' | 'query'>): string =>
  askedTenant(request) ?? tenantOf(request)

/** The tenant a request speaks for. */
export const tenantOf = ({ caller }: Pick<FastifyRequest, 'caller'>): string => tenantOfCaller(caller)
