/** From the checked file to the configuration the program uses: known providers filled in, references resolved. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import { toGrant } from './access-schema.ts'
import type { AccessConfig, Config, ModelConfig, ProviderConfig, RouteConfig } from './config.ts'
import { type PathProblem, problemsOf, repeated, urlProblem } from './config-problems.ts'
import { toHealth } from './health-schema.ts'
import { memoryConfig } from './memory-config.ts'
import { didYouMean } from './problem.ts'
import { knownProviders } from './providers.ts'
import { toExporters, toTraces } from './record-schema.ts'
import { toRewriter } from './rewriter.ts'
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

type ProviderFile = ConfigFile['providers'][string]

export function toConfig(file: ConfigFile): Outcome<Config, readonly PathProblem[]> {
  const problems: PathProblem[] = []
  const providers = new Map<string, ProviderConfig>()
  for (const [name, given] of Object.entries(file.providers)) {
    const provider = toProvider(name, given)
    if (provider.ok) providers.set(name, provider.value)
    else problems.push(...provider.fault)
  }
  const routes = new Map(Object.entries(file.routes).map(([name, given]) => [name, toRoute(name, given)]))
  problems.push(...problemsOf(file, providers, routes))
  return problems.length > 0 ? failed(problems) : done(frozen(assemble(file, providers, routes)))
}

function toRoute(name: string, given: ConfigFile['routes'][string]): RouteConfig {
  const { targets, strategy, streams, vectors, profile, rewrite } = given
  return {
    name,
    targets,
    strategy,
    ...(profile === undefined ? {} : { profile }),
    recovery: streams.recovery,
    ...toPace(streams.pace),
    timeouts: toLimits(given.timeouts),
    hedge: toHedge(given.hedge),
    rewrite: rewrite === 'on' || rewrite === true,
    vectors,
    cache: toRouteCache(given.cache),
  }
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

/** Frozen through and through; maps are held read-only by their type. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) frozen(inner)
  return Object.freeze(value)
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
