/** Turns a request and the configuration into an ordered list of targets, each left-out one with its reason. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Config } from '../../config/config.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import type { Extension } from '../../protocol/extension.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { LeftOut, Plan, Target } from '../../protocol/plan.ts'
import { askedNames } from './asked-names.ts'
import { estimateUsage } from './estimate-usage.ts'
import { type LearnedScores, learnedOrder } from './learned-order.ts'
import { resolveModel } from './resolve-model.ts'

/** What is known of a model; absent means not known, and is not held against it. */
export interface Abilities {
  readonly tools?: boolean
  readonly vision?: boolean
  readonly jsonSchema?: boolean
}

/** What is known of models beside the configuration. */
export interface Market {
  abilities(target: Target): Abilities
  /** USD for so many tokens, a decimal string; undefined where the price is not known. */
  costUsd(target: Target, usage: { readonly input: number; readonly output: number }): string | undefined
  /** The provider is known to have the model, though the configuration does not name it. */
  knows(provider: string, model: string): boolean
  /** What was learned of targets, for routes that are ordered by it, and a number in [0, 1) drawn for this request. */
  readonly learned?: { readonly scoreOf: LearnedScores; readonly draw: number }
}

export interface PlanRequest {
  readonly request: ChatRequest
  readonly extension: Extension
}

/** A model name nobody knows is the caller's fault; a known name always gives a plan, which may have no targets. */
export function makePlan(
  { request, extension }: PlanRequest,
  config: Config,
  market: Market,
): Outcome<Plan, Fault> {
  const wanted = wantedTargets({ request, extension }, config, market)
  if (!wanted.ok) return wanted
  const preferred = extension.preferred_provider
  const targets: Target[] = []
  const leftOut: LeftOut[] = []
  for (const target of preferred ? preferFirst(wanted.value, preferred) : wanted.value) {
    const obstacle =
      unfit(request, market.abilities(target)) ?? tooDear({ request, extension }, target, market)
    if (obstacle === undefined) targets.push(target)
    else leftOut.push({ ...target, ...obstacle })
  }
  if (targets.length === 0 && leftOut.length > 0) return failed(noTarget(leftOut))
  const hasOwnOrder = extension.model_priority_map !== undefined || Array.isArray(request.body['models'])
  const selectionMode = preferred ? 'preferred' : hasOwnOrder ? 'requested' : 'priority'
  const isLearned = selectionMode === 'priority' && config.routes.get(request.model)?.strategy === 'learned'
  if (!isLearned || !market.learned) return done({ route: request.model, targets, leftOut, selectionMode })
  const order = learnedOrder(targets, market.learned.scoreOf, market.learned.draw)
  return done({ route: request.model, leftOut, ...order })
}

function noTarget(leftOut: readonly LeftOut[]): Fault {
  const first = leftOut[0]?.because
  return leftOut.every(({ estimatedCostUsd }) => estimatedCostUsd !== undefined)
    ? makeFault('cost_cap_exceeded', `every target costs more than the cap: ${first}`)
    : makeFault('not_expressible', `no target can take this request: ${first}`)
}

function wantedTargets(
  { request, extension }: PlanRequest,
  config: Config,
  market: Market,
): Outcome<readonly Target[], Fault> {
  if (extension.model_priority_map) return fromPriorityMap(extension.model_priority_map, config)
  const targets: Target[] = []
  for (const { name } of askedNames(request, extension)) {
    const found = resolveModel(name, config, market.knows)
    if (found.length === 0) return failed(unknownModel(name))
    targets.push(...found)
  }
  return done(unique(targets))
}

function fromPriorityMap(
  map: Readonly<Record<string, readonly string[]>>,
  config: Config,
): Outcome<readonly Target[], Fault> {
  const param = 'adaptive.model_priority_map'
  const targets: Target[] = []
  for (const [provider, models] of Object.entries(map)) {
    if (!config.providers.has(provider))
      return failed(makeFault('unknown_model', `provider "${provider}" is not configured`, { param }))
    if (models.length === 0)
      return failed(
        makeFault('invalid_request', `models of "${provider}" must be a list of names`, { param }),
      )
    targets.push(...models.map((model) => ({ provider, model })))
  }
  return targets.length > 0
    ? done(unique(targets))
    : failed(makeFault('invalid_request', 'the map names no model', { param }))
}

type Obstacle = Omit<LeftOut, 'provider' | 'model'>

function unfit(request: ChatRequest, abilities: Abilities): Obstacle | undefined {
  if (request.tools.length > 0 && abilities.tools === false) return { because: 'it takes no tools' }
  if (request.responseFormat?.kind === 'json_schema' && abilities.jsonSchema === false)
    return { because: 'it takes no JSON schema' }
  if (abilities.vision !== false) return undefined
  const hasImage = request.messages.some(({ content }) => content.some((part) => part.kind === 'image'))
  return hasImage ? { because: 'it takes no images' } : undefined
}

/** A model whose price is not known is not held to the cap. */
function tooDear({ request, extension }: PlanRequest, target: Target, market: Market): Obstacle | undefined {
  const capUsd = extension.max_estimated_cost_usd
  if (capUsd === undefined) return undefined
  const estimatedCostUsd = market.costUsd(target, estimateUsage(request))
  if (estimatedCostUsd === undefined || Number(estimatedCostUsd) <= capUsd) return undefined
  const because = `its estimated cost of ${estimatedCostUsd} USD is above the cap of ${capUsd} USD`
  return { because, estimatedCostUsd, capUsd: String(capUsd) }
}

const preferFirst = (targets: readonly Target[], provider: string) => [
  ...targets.filter((target) => target.provider === provider),
  ...targets.filter((target) => target.provider !== provider),
]

function unique(targets: readonly Target[]): readonly Target[] {
  if (targets.length < 2) return targets
  return [...new Map(targets.map((target) => [`${target.provider}/${target.model}`, target])).values()]
}

function unknownModel(name: string): Fault {
  return makeFault('unknown_model', `no route or model is called ${JSON.stringify(name.slice(0, 200))}`, {
    param: 'model',
  })
}
