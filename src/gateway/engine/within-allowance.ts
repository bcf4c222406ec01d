/** Holds a request to what its caller may still call: tokens and money, before anybody is asked and after. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Plan } from '../../protocol/plan.ts'
import type { Reservation } from '../limits/allowance.ts'
import { cautiousUsage } from '../policy/cautious-usage.ts'
import type { EngineParts, EngineRequest } from './engine-port.ts'
import type { Opened } from './opened.ts'
import { timesOf } from './times-of.ts'

/** Without the targets whose price nobody knows, where the caller has a budget. */
export function affordable(
  { catalogue }: Pick<EngineParts, 'catalogue'>,
  { allowance }: Pick<EngineRequest, 'allowance'>,
  planned: Outcome<Plan, Fault>,
): Outcome<Plan, Fault> {
  if (!allowance?.needsPrices || !planned.ok) return planned
  const { targets, leftOut } = planned.value
  const isPriced = (target: Plan['targets'][number]) =>
    catalogue.costUsd(target, { input: 1, output: 1 }) !== undefined
  const priced = targets.filter(isPriced)
  if (priced.length === targets.length) return planned
  const unpriced = targets.filter((target) => !isPriced(target))
  const [first] = unpriced
  if (priced.length === 0)
    return failed(
      makeFault(
        'price_unknown',
        `the key has a budget, and the price of ${first?.provider}/${first?.model} is not known`,
      ),
    )
  const because = 'its price is not known, and the key has a budget'
  const without = unpriced.map((target) => ({ ...target, because }))
  return done({ ...planned.value, targets: priced, leftOut: [...leftOut, ...without] })
}

/** Undefined where the caller is held to nothing. */
export function reserve(opened: Omit<Opened, 'policies'>): Promise<Outcome<Reservation, Fault>> | undefined {
  const { parts, asked, plan, log } = opened
  if (asked.allowance === undefined) return undefined
  const { timeouts } = timesOf(opened)
  const usage = cautiousUsage(asked.request)
  const costs = plan.targets.map((target) => parts.catalogue.costUsd(target, usage))
  const dearest = costs
    .filter((cost) => cost !== undefined)
    .reduce<string | undefined>(
      (most, cost) => (Number(cost) > Number(most ?? '-1') ? cost : most),
      undefined,
    )
  return asked.allowance.reserve({
    holder: asked.requestId,
    tokens: usage.input + usage.output,
    costUsd: dearest,
    leftMs: Math.max(0, timeouts.totalMs - log.nowMs()),
    signal: asked.signal,
  })
}
