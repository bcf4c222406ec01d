/** Who may call the routes of the record, and whose record they see. */

import type { FastifyRequest } from 'fastify'
import type { Scope } from '../../protocol/access.ts'
import { tenantOf as tenantOfCaller } from '../access/decide.ts'

const scoped = (...scope: readonly Scope[]) => ({ config: { scope } })

export const forReaders = scoped('read')
/** Programs that call models may also say what they did and how good it was. */
export const forWriters = scoped('inference', 'operate')
export const forOperators = scoped('operate')

/** The tenant a request speaks for. */
export const tenantOf = ({ caller }: Pick<FastifyRequest, 'caller'>): string => tenantOfCaller(caller)
