/** What the routes of the record are put together from. */

import type { FastifyReply } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { HealthReport } from '../../protocol/health.ts'
import type { Ranking } from '../../protocol/learning.ts'
import type { RunStore } from '../../record/runs/run-store.ts'

export interface RecordParts {
  readonly runs: RunStore
  /** The Prometheus text and its content type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>
  readonly health: () => Promise<HealthReport>
  readonly rankings: () => Promise<readonly Ranking[]>
  /** Counts a request that was refused before it was accepted; such a request leaves no entry in the ledger. */
  readonly refused: (code: Fault['code']) => void
}

export interface RouteParts {
  readonly record: RecordParts
  readonly clock: Clock
  readonly version: string
  readonly bodyLimitBytes: number
  readonly reject: (reply: FastifyReply, fault: Fault) => void
}
