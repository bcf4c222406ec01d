/** What was spent, by key, tenant, model and the like: each tenant sees its own. */

import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Outcome } from '../../base/outcome.ts'
import { usdText } from '../../gateway/limits/micro-usd.ts'
import { allTenants } from '../../protocol/access.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { type SpendQuestion, type SpendRow, spendGroups } from '../../record/spend/read-spend.ts'

export interface SpendDesk {
  ask(question: SpendQuestion): Promise<Outcome<readonly SpendRow[], string>>
}

const time = z.iso.datetime({ offset: true }).or(z.iso.date())

export const spendQueryFields = {
  by: z
    .string()
    .default('tenant')
    .describe(`what sums are made of, with commas between: ${spendGroups.join(', ')}`),
  from: time.optional().describe('accepted at this time or later'),
  to: time.optional().describe('accepted before this time'),
}

const spendQuery = z.strictObject(spendQueryFields)

export function addSpendRoutes(
  app: FastifyInstance,
  spend: SpendDesk,
  reject: (reply: FastifyReply, fault: Fault) => void,
): void {
  app.get('/v1/spend', { config: { scope: ['read'] } }, async (request, reply) => {
    const query = spendQuery.safeParse(request.query)
    const by = query.success ? readGroups(query.data.by) : undefined
    if (!query.success || by === undefined)
      return reject(
        reply,
        makeFault('invalid_request', `by takes ${spendGroups.join(', ')}; from and to take times`),
      )
    const { tenant } = request.caller
    const answer = await spend.ask({
      by,
      ...utc('fromUtc', query.data.from),
      ...utc('toUtc', query.data.to),
      ...(tenant === allTenants ? {} : { tenant }),
    })
    if (!answer.ok) return reject(reply, makeFault('ledger_unavailable', answer.fault))
    return reply.send({ object: 'list', data: answer.value.map(writeSpend) })
  })
}

export function readGroups(text: string): SpendQuestion['by'] | undefined {
  const names = text.split(',').map((name) => name.trim())
  const groups = spendGroups.filter((group) => names.includes(group))
  return groups.length === names.length ? groups : undefined
}

const utc = <Name extends string>(name: Name, text: string | undefined) =>
  (text === undefined ? {} : { [name]: new Date(text).toISOString() }) as Partial<Record<Name, string>>

export function writeSpend({ group, requests, priced, microUsd, inputTokens, outputTokens }: SpendRow) {
  return {
    ...group,
    requests,
    priced_requests: priced,
    usd: usdText(microUsd),
    input_tokens: inputTokens,
    output_tokens: outputTokens,
  }
}
