/** What the HTTP server is put together from. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import type { Engine } from '../gateway/engine/engine-port.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import type { LedgerQueries } from '../record/ledger-queries.ts'
import type { AccessOffices } from './access/access-routes.ts'
import type { Gate } from './access/gate.ts'
import type { AnalysisDesk } from './analyses/analysis-desk.ts'
import type { ModelKnowledge } from './list-models.ts'
import type { RecordParts } from './record/record-parts.ts'
import type { ServingParts } from './serving-parts.ts'

/** PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface ServerParts {
  readonly config: () => Config
  readonly engine: Engine
  readonly inbound: Readonly<Record<'openai' | 'anthropic' | 'responses', InboundAdapter>>
  readonly clock: Clock
  readonly version: string
  /** Seconds since 1970 that every listed model carries, so that listings are stable. */
  readonly createdAtS: number
  readonly models: ModelKnowledge
  /** Who is let in. */
  readonly gate: Gate
  readonly offices: AccessOffices
  readonly ledger: LedgerQueries
  readonly record: RecordParts
  /** Absent where nothing is held to limits or kept. */
  readonly serving?: ServingParts | undefined
  /** Absent where another process of this machine keeps them. */
  readonly analyses?: AnalysisDesk | undefined
  /** Serves what another process of this machine keeps, and says so; absent in a process that is alone. */
  readonly elsewhere?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  /** Absent means plain HTTP. */
  readonly tls?: TlsFiles | undefined
  /** True from the moment the process is asked to end. */
  readonly isDraining: () => boolean
}
