/** Topics of the event bus and the payload of each: the one list that publishers and subscribers share. */

import type { Fault } from './fault.ts'
import type { LedgerOutcome } from './ledger-entry.ts'

export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL'

interface AtTarget {
  readonly provider: string
  readonly model: string
}
interface AtKey extends AtTarget {
  readonly key: string
}
type Failure = Pick<Fault, 'code' | 'class' | 'message'>

export interface EventPayloads {
  'api.request.start': { readonly route: string; readonly dialect: string; readonly stream: boolean }
  'api.request.end': {
    readonly outcome: LedgerOutcome
    readonly totalLatencyMs: number
    readonly attempts: number
  }
  'api.call.attempt': AtKey & { readonly attempt: number }
  'api.call.success': AtKey & { readonly latencyMs: number }
  'api.call.failure': AtKey & { readonly latencyMs: number; readonly fault: Failure }
  'api.key.rotation': AtTarget & { readonly fromKey: string; readonly toKey: string }
  'model.failover': { readonly provider: string; readonly fromModel: string; readonly toModel: string }
  'provider.failover': { readonly fromProvider: string; readonly toProvider: string }
  'circuit.tripped': {
    readonly circuit: string
    readonly reason: string
    readonly failures: number
    readonly openForMs: number
  }
  /** `begun` names the streamed call that has begun to answer and is not over. */
  'circuit.reset': {
    readonly circuit: string
    readonly begun?: { readonly model: string; readonly key: string }
  }
  'all.providers.failed': { readonly chain: readonly string[] }
  'resource.penalized': AtKey & {
    readonly health: number
    readonly restForMs: number
    readonly fault: Failure
  }
  'resource.health.restored': AtKey & { readonly health: number }
  'resource.healed.all': { readonly provider: string }
  /** Hashes are those of the ledger, of the conversation before and after. */
  'prompt.humanization.attempt': { readonly beforeHash: string }
  'prompt.humanization.success': { readonly beforeHash: string; readonly afterHash: string }
  'prompt.humanization.failure': { readonly reason: string; readonly beforeHash: string }
  'bias.ledger.entry.created': { readonly outcome: LedgerOutcome }
  'bias.ledger.failure': { readonly reason: string }
  'model.skipped.cost_cap': AtTarget & { readonly estimatedCostUsd: string; readonly capUsd: string }
  'configuration.error': { readonly problems: readonly string[] }
  'configuration.loaded': { readonly source: string }
  /** Of an answer to other words: whose it is, and how alike the words are, -1 to 1. */
  'cache.hit': { readonly tier: string; readonly answerOf?: string; readonly similarity?: number }
  'cache.miss': Record<string, never>
  'limit.rejected': { readonly limit: string }
  'stream.recovered': { readonly way: string; readonly fromProvider: string; readonly toProvider: string }
  'telemetry.dropped': { readonly count: number }
  'alert.raised': { readonly alert: string }
  'alert.resolved': { readonly alert: string }
  'prompt.deployed': { readonly prompt: string; readonly version: string }
  'prompt.rolled_back': { readonly prompt: string; readonly version: string }
  'experiment.finished': { readonly experiment: string }
  'learning.updated': AtTarget & { readonly score: number }
  'system.health': { readonly status: string }
}

export type Topic = keyof EventPayloads

export interface EventOf<Name extends Topic> {
  readonly eventId: string
  readonly topic: Name
  readonly source: string
  readonly atUtc: string
  readonly severity: Severity
  readonly requestId?: string
  readonly traceId?: string
  readonly payload: EventPayloads[Name]
}

export type AnyEvent = { [Name in Topic]: EventOf<Name> }[Topic]

/** Publishes without waiting and without ever throwing. */
export type Publish = <Name extends Topic>(
  topic: Name,
  payload: EventPayloads[Name],
  about?: { readonly requestId?: string; readonly traceId?: string },
) => void
