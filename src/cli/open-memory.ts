/** Opens what the gateway remembers with, and tells the log and the bus when it fails or is back. */

import { resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { done, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import type { Bus } from '../record/bus.ts'
import { type OpenLedger, openLedger } from '../record/ledger.ts'
import { complain } from './options.ts'

export interface MemoryOptions {
  readonly config: Config
  readonly dataDir: string
  readonly bus: Bus
}

export interface OpenMemory {
  readonly ledger: OpenLedger
  /** Everything entered is on disk when it resolves, or it is said what is not. */
  close(): Promise<void>
}

/** The name of the alert while entries cannot be written. */
const ledgerAlert = 'ledger_unavailable'

export async function openMemory({
  config,
  dataDir,
  bus,
}: MemoryOptions): Promise<Outcome<OpenMemory, string>> {
  const { checkpoints, ...rules } = config.ledger
  const ledger = await openLedger({
    dir: dataDir,
    synchronous: rules.synchronous,
    commitWaitMs: rules.commitWaitMs,
    isRequired: () => rules.mode === 'required',
    checkpoints: { ...checkpoints, file: checkpoints.file && resolve(checkpoints.file) },
    retention: config.retention,
    spillBytes: rules.spillBytes,
    clock: systemClock,
    onProblem: complain,
    onState(isWell, reason) {
      if (isWell) return bus.publish('alert.resolved', { alert: ledgerAlert })
      bus.publish('bias.ledger.failure', { reason })
      bus.publish('alert.raised', { alert: ledgerAlert })
    },
  })
  if (!ledger.ok) return ledger
  return done({ ledger: ledger.value, close: () => ledger.value.ledger.close() })
}
