/** Opens what the gateway remembers with, and tells the log and the bus when it fails or is back. */

import { resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { done, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import type { Bus } from '../record/bus.ts'
import { eventsFile } from '../record/data-directory.ts'
import { createEventStore } from '../record/event-store.ts'
import { type OpenLedger, openLedger } from '../record/ledger.ts'
import { createLedgerQueries, type LedgerQueries } from '../record/ledger-queries.ts'
import type { Log } from '../record/log/log.ts'
import { createRecorder, type Recorder } from '../record/recorder.ts'
import { createRedactor } from '../record/redact.ts'
import { postCheckpoints } from './post-checkpoints.ts'

export interface MemoryOptions {
  /** The configuration the gateway was started with: what is opened stays as it says. */
  readonly config: Config
  /** The one in force. */
  readonly current: () => Config
  readonly dataDir: string
  readonly bus: Bus
  readonly log: Pick<Log, 'warn'>
}

export interface OpenMemory {
  readonly ledger: OpenLedger
  readonly recorder: Recorder
  readonly queries: LedgerQueries
  /** Everything entered is on disk when it resolves, or it is said what is not. */
  close(): Promise<void>
}

/** How long events may hold up the end of the process, ms. */
const closeWithinMs = 3_000
/** The name of the alert while entries cannot be written. */
const ledgerAlert = 'ledger_unavailable'

export async function openMemory(options: MemoryOptions): Promise<Outcome<OpenMemory, string>> {
  const { config, current, dataDir, bus, log } = options
  const { checkpoints, ...rules } = config.ledger
  const sender = checkpoints.url === undefined ? undefined : postCheckpoints(checkpoints.url, log.warn)
  const ledger = await openLedger({
    dir: dataDir,
    synchronous: rules.synchronous,
    commitWaitMs: rules.commitWaitMs,
    isRequired: () => current().ledger.mode === 'required',
    checkpoints: { ...checkpoints, file: checkpoints.file && resolve(checkpoints.file) },
    retention: config.retention,
    spillBytes: rules.spillBytes,
    clock: systemClock,
    onProblem: log.warn,
    ...(sender ? { onCheckpoint: sender.send } : {}),
    onState(isWell, reason) {
      if (isWell) return bus.publish('alert.resolved', { alert: ledgerAlert })
      bus.publish('bias.ledger.failure', { reason })
      bus.publish('alert.raised', { alert: ledgerAlert })
    },
  })
  if (!ledger.ok) {
    await sender?.close(0)
    return ledger
  }
  const recorder = openRecorder(options, ledger.value)
  const queries = createLedgerQueries(dataDir, () => ledger.value.ledger.settled())
  return done({
    ledger: ledger.value,
    recorder,
    queries,
    async close() {
      await queries.close()
      const left = await recorder.close(closeWithinMs)
      if (left > 0) log.warn(`${left} events could not be stored`)
      await ledger.value.ledger.close()
      await sender?.close(closeWithinMs)
    },
  })
}

function openRecorder({ config, dataDir, bus, log }: MemoryOptions, { ledger }: OpenLedger): Recorder {
  const store = createEventStore({
    path: eventsFile(dataDir),
    retention: config.retention,
    clock: systemClock,
    onAged: (detail) => ledger.note({ action: 'events_aged', detail }),
  })
  const redact = createRedactor(config.ledger.redactPatterns)
  return createRecorder({ bus, store, clock: systemClock, rules: config.events, redact, onProblem: log.warn })
}
