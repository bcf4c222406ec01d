/** How the whole gateway stands, for people and for probes. */

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy'

export interface ProviderHealth {
  readonly provider: string
  /** Unhealthy: it cannot answer now, or too many of its calls failed. */
  readonly status: HealthStatus
  /** Models with an open circuit. */
  readonly openCircuits: readonly string[]
  readonly keys: { readonly free: number; readonly resting: number; readonly disabled: number }
  /** Over the window; absent where nothing was called. */
  readonly calls?: number
  readonly successShare?: number
  readonly p50Ms?: number
}

export interface HealthReport {
  readonly status: HealthStatus
  /** Each in one sentence; empty when healthy. */
  readonly issues: readonly string[]
  readonly service: string
  readonly version: string
  readonly uptimeS: number
  readonly windowS: number
  readonly requests: { readonly running: number; readonly ended: number; readonly successShare?: number }
  readonly providers: readonly ProviderHealth[]
  readonly stores: {
    readonly ledger: 'ok' | 'failing'
    readonly runs: 'ok' | 'failing'
    /** Absent where none is configured. */
    readonly redis?: 'ok' | 'away'
  }
  readonly queues: Readonly<Record<string, number>>
}
