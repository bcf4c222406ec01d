/** Who may call the routes of the record, and whose record they see. */

import type { FastifyContextConfig, FastifyRequest, RouteShorthandOptions } from 'fastify'

const scoped = (...scope: readonly string[]): RouteShorthandOptions => ({
  config: { scope } as FastifyContextConfig,
})

export const forReaders = scoped('read')
/** Programs that call models may also say what they did and how good it was. */
export const forWriters = scoped('inference', 'operate')
export const forOperators = scoped('operate')

/** The tenant a request speaks for. */
export function tenantOf(_request: FastifyRequest): string {
  return 'default'
}
