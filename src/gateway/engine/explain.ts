/** The plan of a request without running it: every candidate in order, how it stands, and why any was left out. */

import { done, type Outcome } from '../../base/outcome.ts'
import type { ExplainedTarget, Explanation } from '../../protocol/explanation.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import type { Admission } from '../policy/breaker.ts'
import { estimateUsage } from '../policy/estimate-usage.ts'
import type { TargetView } from '../policy/next-step.ts'
import type { Policies } from '../policy/policies.ts'
import { requestTimes } from '../policy/profile.ts'
import type { EngineParts, EngineRequest, ModelFacts } from './engine-port.ts'
import type { HealthBook } from './health-book.ts'
import { planFor } from './plan-for.ts'

export interface ExplainParts {
  readonly parts: EngineParts
  readonly policies: Policies
  readonly health: HealthBook
}

/** Draws nothing that is rare. */
const likely = 0.999

export function explain(
  { parts, policies, health }: ExplainParts,
  asked: Pick<EngineRequest, 'request' | 'extension'>,
): Outcome<Explanation, Fault> {
  const config = parts.config()
  // What would be explored is left to chance, so the likely order is told.
  const planned = planFor(parts, policies, asked, likely)
  if (!planned.ok) return planned
  const { route, selectionMode, targets, leftOut } = planned.value
  const estimatedTokens = estimateUsage(asked.request)
  const { timeouts, attempts: counts } = requestTimes(config, {
    route,
    extension: asked.extension,
    reasons: targets.some((target) => factsOf(parts, target)?.reasoning === true),
  })
  const costCapUsd = asked.extension.max_estimated_cost_usd
  const candidates = targets.map((target) => ({
    ...explainView(health.view(target)),
    ...known('estimatedCostUsd', parts.catalogue.costUsd(target, estimatedTokens)),
    ...known('contextTokens', factsOf(parts, target)?.contextTokens),
  }))
  const { max: attempts, sameTry, patienceMs } = counts
  const limits = {
    totalMs: timeouts.totalMs,
    patienceMs,
    attempts,
    sameTry,
    ...known('costCapUsd', costCapUsd),
  }
  return done({ route, selectionMode, candidates, leftOut, estimatedTokens, limits })
}

function factsOf(parts: EngineParts, target: Target): ModelFacts | undefined {
  const provider = parts.config().providers.get(target.provider)
  return provider && parts.catalogue.facts(provider, target.model)
}

function known<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>)
}

function explainCircuit(circuit: Admission): Pick<ExplainedTarget, 'circuit' | 'circuitOpenForMs'> {
  if (circuit.admitted) return { circuit: 'closed' }
  if (!Number.isFinite(circuit.retryAfterMs)) return { circuit: 'isolated' }
  return { circuit: 'open', circuitOpenForMs: Math.ceil(circuit.retryAfterMs) }
}

export function explainView({ provider, model, circuit, keys, barredKeys }: TargetView): ExplainedTarget {
  return {
    provider,
    model,
    ...explainCircuit(circuit),
    keys: keys.map(({ key, standing }) => {
      if (barredKeys.has(key))
        return { key, standing: 'not_allowed', because: 'the provider refuses it this model' }
      if (standing.kind === 'free') return { key, standing: 'free', health: standing.health }
      if (standing.kind === 'resting')
        return { key, standing: 'resting', restForMs: Math.ceil(standing.forMs) }
      return { key, standing: 'disabled', because: standing.because }
    }),
  }
}
