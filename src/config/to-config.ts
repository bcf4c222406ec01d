/** From the checked file to the configuration the program uses: known providers filled in, references resolved. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import { toGrant } from './access-schema.ts'
import type { AccessConfig, Config, ModelConfig, ProviderConfig, RouteConfig } from './config.ts'
import { toHealth } from './health-schema.ts'
import { badPatterns, memoryConfig } from './memory-config.ts'
import { didYouMean } from './problem.ts'
import { knownProviders } from './providers.ts'
import { toExporters, toTraces } from './record-schema.ts'
import { targetOf, targetProblem, toRewriter } from './rewriter.ts'
import type { ConfigFile } from './schema.ts'
import {
  toAttempts,
  toBreaker,
  toHedge,
  toKeyPool,
  toLimits,
  toPace,
  toProfiles,
  toRetries,
  toThrottle,
  toTimeouts,
} from './to-resilience.ts'
import {
  toBatch,
  toCache,
  toDoor,
  toPrewarm,
  toRates,
  toRedis,
  toRouteCache,
  toShedding,
  toTenants,
} from './to-serving.ts'

export interface PathProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly remedy?: string
}

type ProviderFile = ConfigFile['providers'][string]

export function toConfig(file: ConfigFile): Outcome<Config, readonly PathProblem[]> {
  const problems: PathProblem[] = []
  const providers = new Map<string, ProviderConfig>()
  for (const [name, given] of Object.entries(file.providers)) {
    const provider = toProvider(name, given)
    if (provider.ok) providers.set(name, provider.value)
    else problems.push(...provider.fault)
  }
  if (Object.keys(file.providers).length === 0)
    problems.push({
      path: ['providers'],
      message: 'no provider is configured',
      remedy: 'Name at least one, for example openai',
    })
  problems.push(...badPatterns(file))
  const routes = new Map<string, RouteConfig>()
  for (const [name, given] of Object.entries(file.routes)) {
    problems.push(...routeProblems(name, given, file, providers))
    const rewrite = given.rewrite === 'on' || given.rewrite === true
    const { targets, strategy, streams, vectors, profile } = given
    const timeouts = toLimits(given.timeouts)
    const hedge = toHedge(given.hedge)
    const cache = toRouteCache(given.cache)
    routes.set(name, {
      name,
      targets,
      strategy,
      ...(profile === undefined ? {} : { profile }),
      recovery: streams.recovery,
      ...toPace(streams.pace),
      timeouts,
      hedge,
      rewrite,
      vectors,
      cache,
    })
  }
  problems.push(...accessProblems(file.access))
  problems.push(...rewriterProblems(file, providers, routes), ...semanticProblems(file, providers, routes))
  return problems.length > 0 ? failed(problems) : done(frozen(assemble(file, providers, routes)))
}

function rewriterProblems(
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
  routes: ReadonlyMap<string, RouteConfig>,
): PathProblem[] {
  const path = ['rewriter', 'target']
  const message = targetProblem(toRewriter(file.rewriter), providers)
  if (message !== undefined) return [{ path, message }]
  if (file.rewriter.target !== undefined) return []
  return [...routes.values()]
    .filter(({ rewrite }) => rewrite)
    .map(({ name }) => ({
      path: ['routes', name, 'rewrite'],
      message: 'nobody is configured to rewrite',
      remedy: 'Give rewriter.target, PROVIDER/MODEL',
    }))
}

function semanticProblems(
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
  routes: ReadonlyMap<string, RouteConfig>,
): PathProblem[] {
  const { target } = file.cache.semantic
  const path = ['cache', 'semantic', 'target']
  const message = targetProblem({ target: targetOf(target) }, providers)
  if (message !== undefined) return [{ path, message }]
  if (target !== undefined) return []
  return [...routes.values()]
    .filter(({ cache }) => cache?.semantic)
    .map(({ name }) => ({
      path: ['routes', name, 'cache', 'semantic'],
      message: 'nobody is configured to give vectors',
      remedy: 'Give cache.semantic.target, PROVIDER/MODEL',
    }))
}

function toProvider(name: string, given: ProviderFile): Outcome<ProviderConfig, readonly PathProblem[]> {
  const path = ['providers', name]
  const known = Object.hasOwn(knownProviders, name) ? knownProviders[name] : undefined
  const dialect = given.dialect ?? known?.dialect
  const baseUrl = given.base_url ?? known?.baseUrl
  if (dialect === undefined || baseUrl === undefined) {
    const near = didYouMean(name, Object.keys(knownProviders))
    const meant = near ? `Did you mean "${near}"? Otherwise give` : 'Give'
    return failed([{ path, message: 'this provider is not known', remedy: `${meant} dialect and base_url` }])
  }
  const wrong = urlProblem(baseUrl)
  if (wrong) return failed([{ path: [...path, 'base_url'], message: wrong }])
  const models = given.models.map(toModel)
  const twice = repeated(
    models.map((model) => model.name),
    [...path, 'models'],
  )
  if (twice.length > 0) return failed(twice)
  const keys = given.keys
    .flatMap((key) => key.split(','))
    .map((key) => key.trim())
    .filter((key) => key !== '')
  const keyless = given.keyless ?? known?.keyless ?? false
  if (keys.length === 0 && !keyless && !given.stored_keys)
    return failed([
      {
        path: [...path, 'keys'],
        message: 'it has no key',
        remedy: 'Give keys, stored_keys: true or keyless: true',
      },
    ])
  return done({
    name,
    dialect,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    keys: [...new Set(keys)],
    keyless,
    storedKeys: given.stored_keys,
    local: given.local ?? isLocal(baseUrl, known?.keyless ?? false),
    models,
    ...(given.max_embedding_inputs === undefined ? {} : { maxEmbeddingInputs: given.max_embedding_inputs }),
    simulated: given.simulated,
  })
}

/** Servers that need no key are run at home; a number for a host says by itself where it leads. */
function isLocal(baseUrl: string, isKnownAtHome: boolean): boolean {
  const host = URL.parse(baseUrl)?.hostname ?? ''
  return isKnownAtHome || host === 'localhost' || host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host)
}

/** Only an address: no login, query or fragment that could point elsewhere. */
function urlProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an http or https address'
  if (url.username || url.password) return 'must hold no user name or password: put keys into keys'
  return url.search || url.hash || /[?#]/.test(text) ? 'must have no query and no fragment' : undefined
}

function toModel(given: ProviderFile['models'][number]): ModelConfig {
  if (typeof given === 'string') return { name: given }
  const { context_tokens, max_output_tokens, input_price, output_price, json_schema, ...same } = given
  return {
    ...same,
    contextTokens: context_tokens,
    maxOutputTokens: max_output_tokens,
    inputPrice: input_price,
    outputPrice: output_price,
    jsonSchema: json_schema,
  }
}

function routeProblems(
  name: string,
  route: ConfigFile['routes'][string],
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
): PathProblem[] {
  return route.targets.flatMap(({ provider, models }, at): PathProblem[] => {
    const path = ['routes', name, 'targets', at]
    if (!Object.hasOwn(file.providers, provider)) {
      const near = didYouMean(provider, Object.keys(file.providers))
      const remedy = near
        ? `Did you mean "${near}"?`
        : `Add it under providers, or use one of: ${Object.keys(file.providers).join(', ')}`
      return [{ path: [...path, 'provider'], message: `there is no provider "${provider}"`, remedy }]
    }
    const declared = providers.get(provider)?.models.map((model) => model.name) ?? []
    const strange = models.flatMap((model, i): PathProblem[] => {
      if (declared.length === 0 || declared.includes(model)) return []
      const near = didYouMean(model, declared)
      return [
        {
          path: [...path, 'models', i],
          message: `provider "${provider}" does not list the model "${model}"`,
          remedy: near ? `Did you mean "${near}"?` : 'Add it to the provider’s models',
        },
      ]
    })
    return [...strange, ...repeated(models, [...path, 'models'])]
  })
}

/** Each name of a list that already stood before it. */
function repeated(names: readonly string[], path: PathProblem['path']): PathProblem[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) === at
      ? []
      : [{ path: [...path, at], message: `the model "${name}" is listed twice`, remedy: 'Take one away' }],
  )
}

/** Frozen through and through; maps are held read-only by their type. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) frozen(inner)
  return Object.freeze(value)
}

function accessProblems({ keys }: ConfigFile['access']): PathProblem[] {
  return (['name', 'digest'] as const).flatMap((field) =>
    keys.flatMap((key, at): PathProblem[] => {
      const isFirst = keys.findIndex((one) => one[field].toLowerCase() === key[field].toLowerCase()) === at
      const path = ['access', 'keys', at, field]
      return isFirst ? [] : [{ path, message: `another key has this ${field}`, remedy: 'Take one away' }]
    }),
  )
}

function toAccess({ keys }: ConfigFile['access']): AccessConfig {
  return {
    keys: keys.map(({ name, digest, ...fields }) => ({
      name,
      digest: digest.slice('sha256:'.length).toLowerCase(),
      ...toGrant(fields, 'default'),
    })),
  }
}

function assemble(
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
  routes: ReadonlyMap<string, RouteConfig>,
): Config {
  const { server } = file
  return {
    server: {
      host: server.host,
      port: server.port,
      bodyLimitBytes: server.body_limit_bytes,
      drainMs: server.drain_ms,
      ...toDoor(server),
    },
    providers,
    routes,
    timeouts: toTimeouts(file),
    profiles: toProfiles(file),
    ...(file.profile === undefined ? {} : { profile: file.profile }),
    attempts: toAttempts(file),
    breaker: toBreaker(file),
    retries: toRetries(file),
    throttle: toThrottle(file),
    keyPool: toKeyPool(file),
    rewriter: toRewriter(file.rewriter),
    unknownFaults: file.unknown_faults,
    rates: toRates(file.rates),
    tenants: toTenants(file.tenants),
    shedding: toShedding(file.shedding),
    health: toHealth(file.health),
    cache: toCache(file.cache),
    batch: toBatch(file.batch),
    prewarm: toPrewarm(file.prewarm),
    redis: toRedis(file.redis),
    access: toAccess(file.access),
    ...memoryConfig(file),
    traces: toTraces(file.traces),
    exporters: toExporters(file.exporters),
  }
}
