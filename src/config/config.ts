/** The configuration as the program uses it: complete, in camelCase, frozen; `schema.ts` reads it from YAML. */

import type { HealthConfig } from './health-schema.ts'
import type { EventsConfig, LedgerConfig, LogConfig, RetentionConfig, ScoreConfig } from './memory.ts'
import type { Dialect } from './providers.ts'
import type { ExportersConfig, TracesConfig } from './record-schema.ts'
import type {
  AttemptLimits,
  BreakerConfig,
  HedgeConfig,
  KeyPoolConfig,
  ProfileName,
  Profiles,
  RetryConfig,
  RewriterConfig,
  ThrottleConfig,
  Timeouts,
} from './resilience.ts'

export type { EventsConfig, LedgerConfig, RetentionConfig, ScoreConfig } from './memory.ts'
export type {
  AttemptLimits,
  BreakerConfig,
  HedgeConfig,
  KeyPoolConfig,
  ProfileLimits,
  ProfileName,
  Profiles,
  RetryConfig,
  RewriterConfig,
  ThrottleConfig,
  Timeouts,
} from './resilience.ts'

export interface ModelConfig {
  readonly name: string
  readonly contextTokens?: number
  readonly maxOutputTokens?: number
  /** USD per million tokens, decimal strings. */
  readonly inputPrice?: string
  readonly outputPrice?: string
  readonly tools?: boolean
  readonly vision?: boolean
  readonly jsonSchema?: boolean
  readonly prefill?: boolean
  readonly reasoning?: boolean
}

export interface ProviderConfig {
  readonly name: string
  readonly dialect: Dialect
  /** Without a slash at the end. */
  readonly baseUrl: string
  /** In order of preference; a provider without keys is called without one only if `keyless`. */
  readonly keys: readonly string[]
  readonly keyless: boolean
  /** Keys of the secret store are used too. */
  readonly storedKeys: boolean
  /** Its host may lie in a private network or on this machine; only its own port is reached there. */
  readonly local: boolean
  readonly models: readonly ModelConfig[]
  /** Inputs of one embeddings call; absent means what the dialect takes. */
  readonly maxEmbeddingInputs?: number
  /** Answers are made up by the sandbox. */
  readonly simulated: boolean
}

export interface RouteTarget {
  readonly provider: string
  readonly models: readonly string[]
}

export type CacheMode = 'off' | 'read' | 'write' | 'refresh'

export interface RouteCacheConfig {
  readonly mode: CacheMode
  readonly ttlMs: number
  /** Also answers drawn at a temperature above 0. */
  readonly sampled: boolean
  /** Also the answers to other words of the same meaning; off where absent. */
  readonly semantic?: boolean
}

/** How the meanings of questions are compared. */
export interface SemanticConfig {
  /** Gives the vectors. */
  readonly target: { readonly provider: string; readonly model: string }
  /** Cosine from which two questions mean the same, 0.5 to 1. */
  readonly threshold: number
  /** Questions whose vectors are kept. */
  readonly entries: number
  /** How long a vector is waited for. */
  readonly waitMs: number
}

export interface CacheConfig {
  /** Absent where no target is configured. */
  readonly semantic?: SemanticConfig
  readonly memoryBytes: number
  readonly memoryEntries: number
  readonly entryBytes: number
  readonly staleIfErrorMs: number
}

export interface BatchConfig {
  /** Lines of one batch that are asked at once. */
  readonly concurrency: number
  readonly maxLines: number
  readonly maxFileBytes: number
  readonly keepDays: number
}

export interface PrewarmConfig {
  /** Absent means that nothing is asked ahead of time by itself. */
  readonly file?: string
  readonly onStart: boolean
  readonly intervalMs: number
  readonly workers: number
  readonly tenant: string
}

export interface RedisConfig {
  /** Absent means that processes share nothing. */
  readonly url?: string
  readonly prefix: string
  readonly waitMs: number
}

export interface RatesConfig {
  /** `auto`: on, but for a server that only this machine reaches and that asks for no key. */
  readonly mode: 'auto' | 'on' | 'off'
  /** Requests of one key or address to one endpoint in any minute, by what the endpoint is for. */
  readonly perMinute: Readonly<Record<EndpointClass, number>>
}

export type EndpointClass =
  | 'chat'
  | 'embeddings'
  | 'models'
  | 'health'
  | 'reading'
  | 'writing'
  | 'ingest'
  | 'trigger'

/** Beyond any of these new requests are refused early. */
export interface SheddingConfig {
  readonly inFlight: number
  readonly lagMs: number
  /** How long the event loop must stay behind by more than `lagMs`, ms. */
  readonly lagForMs: number
  /** 0 to 1. */
  readonly heapShare: number
}

export interface PaceConfig {
  readonly by: 'sentence' | 'piece'
  /** Between two of them, at least. */
  readonly everyMs: number
}

export type RecoveryWay = 'prefill' | 'align' | 'continue'

export interface RouteConfig {
  readonly name: string
  readonly targets: readonly RouteTarget[]
  readonly strategy: 'priority' | 'learned'
  readonly recovery: readonly RecoveryWay[]
  /** How streams are given out; as they come where absent. */
  readonly pace?: PaceConfig
  /** Limits of this route alone; they stand above the general ones. */
  readonly timeouts: Partial<Timeouts>
  /** Of requests that name none; the general one where absent. */
  readonly profile?: ProfileName
  readonly hedge: HedgeConfig
  readonly rewrite: boolean
  /** Whether embeddings may fail over to another model; `same_model` where absent. */
  readonly vectors?: 'same_model' | 'any'
  /** Off where absent. */
  readonly cache?: RouteCacheConfig
}

/** A virtual key that stands in the file by its digest. */
export interface FileKey {
  readonly name: string
  /** SHA-256, hex in small letters. */
  readonly digest: string
  readonly tenant: string
  readonly scopes: readonly ('inference' | 'read' | 'operate' | 'admin')[]
  readonly routes?: readonly string[]
  readonly models?: readonly string[]
  /** Ms since 1970. */
  readonly expiresAtMs?: number
  readonly limits: {
    readonly requestsPerMinute?: number
    readonly tokensPerMinute?: number
    readonly concurrency?: number
    readonly usdPerDay?: string
    readonly usdPerMonth?: string
    readonly allowUnpriced?: boolean
  }
}

export interface AccessConfig {
  readonly keys: readonly FileKey[]
}

export interface ServerConfig {
  readonly host: string
  readonly port: number
  readonly bodyLimitBytes: number
  /** How long SIGTERM waits for running requests, ms. */
  readonly drainMs: number
  /** Addresses and networks whose `X-Forwarded-For` is believed; nobody's where absent. */
  readonly trustProxy?: readonly string[]
  /** Absent means plain HTTP. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
}

export interface Config {
  readonly server: ServerConfig
  readonly providers: ReadonlyMap<string, ProviderConfig>
  readonly routes: ReadonlyMap<string, RouteConfig>
  readonly timeouts: Timeouts
  readonly profiles: Profiles
  /** Of requests that name none. */
  readonly profile?: ProfileName
  readonly attempts: AttemptLimits
  readonly breaker: BreakerConfig
  readonly retries: RetryConfig
  readonly throttle: ThrottleConfig
  readonly keyPool: KeyPoolConfig
  readonly rewriter: RewriterConfig
  readonly unknownFaults: 'server' | 'fatal'
  readonly rates: RatesConfig
  /** What all keys of a tenant together may use. */
  readonly tenants: ReadonlyMap<string, FileKey['limits']>
  readonly shedding: SheddingConfig
  readonly health: HealthConfig
  readonly cache: CacheConfig
  readonly batch: BatchConfig
  readonly prewarm: PrewarmConfig
  readonly redis: RedisConfig
  readonly access: AccessConfig
  readonly ledger: LedgerConfig
  readonly score: ScoreConfig
  /** Read at the start. */
  readonly log: LogConfig
  readonly events: EventsConfig
  readonly retention: RetentionConfig
  readonly traces: TracesConfig
  readonly exporters: ExportersConfig
}
