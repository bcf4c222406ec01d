/** Turns a request and the configuration into an ordered list of targets, each left-out one with its reason. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { isRecord } from '../../base/text.ts'
import type { Config } from '../../config/config.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { LeftOut, Plan, Target } from '../../protocol/plan.ts'

/** What is known of a model; absent means not known, and is not held against it. */
export interface Abilities {
  readonly tools?: boolean
  readonly vision?: boolean
  readonly jsonSchema?: boolean
}

export type AbilitiesOf = (target: Target) => Abilities

/** A model name nobody knows is the caller's fault; a known name always gives a plan, which may have no targets. */
export function makePlan(
  request: ChatRequest,
  config: Config,
  abilitiesOf: AbilitiesOf,
): Outcome<Plan, Fault> {
  const wanted = wantedTargets(request, config)
  if (!wanted.ok) return wanted
  const preferred = preferredProvider(request)
  const ordered = preferred ? preferFirst(wanted.value, preferred) : wanted.value
  const targets: Target[] = []
  const leftOut: LeftOut[] = []
  for (const target of ordered) {
    const because = unfit(request, abilitiesOf(target))
    if (because === undefined) targets.push(target)
    else leftOut.push({ ...target, because })
  }
  if (targets.length === 0 && leftOut.length > 0)
    return failed(makeFault('not_expressible', `no target can take this request: ${leftOut[0]?.because}`))
  const selectionMode = preferred ? 'preferred' : hasOwnOrder(request) ? 'requested' : 'priority'
  return done({ route: request.model, targets, leftOut, selectionMode })
}

function wantedTargets(request: ChatRequest, config: Config): Outcome<readonly Target[], Fault> {
  const map = extension(request)['model_priority_map']
  if (isRecord(map)) return fromPriorityMap(map, config)
  const list = request.body['models']
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
  const targets: Target[] = []
  for (const name of new Set([...(names.length > 0 ? [] : [request.model]), ...names])) {
    const found = resolveModel(name, config)
    if (found.length === 0) return failed(unknownModel(name))
    targets.push(...found)
  }
  return done(unique(targets))
}

function fromPriorityMap(map: Record<string, unknown>, config: Config): Outcome<readonly Target[], Fault> {
  const targets: Target[] = []
  for (const [provider, models] of Object.entries(map)) {
    if (!config.providers.has(provider))
      return failed(
        makeFault('unknown_model', `provider "${provider}" is not configured`, {
          param: 'adaptive.model_priority_map',
        }),
      )
    if (!Array.isArray(models) || models.length === 0 || !models.every((model) => typeof model === 'string'))
      return failed(
        makeFault('invalid_request', `models of "${provider}" must be a list of names`, {
          param: 'adaptive.model_priority_map',
        }),
      )
    targets.push(...models.map((model) => ({ provider, model })))
  }
  return targets.length > 0
    ? done(unique(targets))
    : failed(makeFault('invalid_request', 'the map names no model', { param: 'adaptive.model_priority_map' }))
}

/** A route, then `provider/model`, then a model that providers declare. */
export function resolveModel(name: string, config: Config): readonly Target[] {
  const route = config.routes.get(name)
  if (route)
    return route.targets.flatMap(({ provider, models }) => models.map((model) => ({ provider, model })))
  const slash = name.indexOf('/')
  const provider = slash > 0 ? config.providers.get(name.slice(0, slash)) : undefined
  if (provider) {
    const model = name.slice(slash + 1)
    const known = provider.models.length === 0 || provider.models.some((one) => one.name === model)
    return known && model !== '' ? [{ provider: provider.name, model }] : []
  }
  return [...config.providers.values()]
    .filter(({ models }) => models.some((model) => model.name === name))
    .map((one) => ({ provider: one.name, model: name }))
}

function unfit(request: ChatRequest, abilities: Abilities): string | undefined {
  if (request.tools.length > 0 && abilities.tools === false) return 'it takes no tools'
  if (request.responseFormat?.kind === 'json_schema' && abilities.jsonSchema === false)
    return 'it takes no JSON schema'
  const hasImage = request.messages.some(({ content }) => content.some((part) => part.kind === 'image'))
  return hasImage && abilities.vision === false ? 'it takes no images' : undefined
}

function extension(request: ChatRequest): Record<string, unknown> {
  const value = request.body['adaptive']
  return isRecord(value) ? value : {}
}

function preferredProvider(request: ChatRequest): string | undefined {
  const value = extension(request)['preferred_provider']
  return typeof value === 'string' ? value : undefined
}

const hasOwnOrder = (request: ChatRequest) =>
  Array.isArray(request.body['models']) || isRecord(extension(request)['model_priority_map'])

const preferFirst = (targets: readonly Target[], provider: string) => [
  ...targets.filter((target) => target.provider === provider),
  ...targets.filter((target) => target.provider !== provider),
]

const unique = (targets: readonly Target[]) => [
  ...new Map(targets.map((target) => [`${target.provider}/${target.model}`, target])).values(),
]

function unknownModel(name: string): Fault {
  return makeFault('unknown_model', `no route or model is called ${JSON.stringify(name.slice(0, 200))}`, {
    param: 'model',
  })
}
