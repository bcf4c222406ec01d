/** What the server needs to hold its own at work: limits, the cache, and how much it has to do. */

import type { Fault } from '../protocol/fault.ts'
import type { Entering } from './access/gate.ts'
import type { BatchOffice } from './batch/batch-routes.ts'
import type { CacheDesk } from './cache/cache-routes.ts'
import type { HealthDesk } from './health/health-routes.ts'
import type { Idempotency } from './idempotency/idempotency.ts'
import type { RateGate } from './limits/rate-gate.ts'
import type { PrewarmOffice } from './prewarm/prewarm-routes.ts'
import type { SpendDesk } from './spend/spend-routes.ts'

export interface ServingParts {
  readonly rates: RateGate
  /** A fault where the gateway has too much to do for one more request. */
  readonly shed: () => Fault | undefined
  /** Of the one who really calls, behind trusted proxies too. */
  readonly addressOf: (request: Entering) => string
  readonly cache: CacheDesk
  readonly health: HealthDesk
  readonly idempotency: Idempotency
  /** Absent where another process of this machine keeps them. */
  readonly batches?: BatchOffice | undefined
  readonly prewarm?: PrewarmOffice | undefined
  readonly spend: SpendDesk
}
