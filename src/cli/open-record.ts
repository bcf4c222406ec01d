/** Opens what remembers beside the ledger: traces, metrics, learning, exporters. */

import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import type { CacheStats } from '../gateway/cache/cache-counts.ts'
import type { Engine, EngineParts } from '../gateway/engine/engine-port.ts'
import { scoreTargets, trustedSamples, weights } from '../gateway/policy/learned-order.ts'
import type { HealthReport } from '../protocol/health.ts'
import type { LedgerRecord } from '../protocol/ledger-entry.ts'
import type { Bus } from '../record/bus.ts'
import type { Exporters } from '../record/exporters/exporters.ts'
import { createLearningBook, type LearningBook } from '../record/learning/learning-book.ts'
import { rankings } from '../record/learning/rankings.ts'
import type { LedgerWriter } from '../record/ledger-writer.ts'
import type { Log } from '../record/log/log.ts'
import { judgeHealth } from '../record/metrics/judge-health.ts'
import { createMetrics, type Metrics } from '../record/metrics/metrics.ts'
import { readWindow } from '../record/runs/read-window.ts'
import type { KeepingRules } from '../record/runs/run-questions.ts'
import { openRunStore, type RunStore } from '../record/runs/run-store.ts'
import { watchNotary } from '../record/watched-notary.ts'
import type { RecordParts } from '../server/record/record-parts.ts'
import { openExporters } from './open-exporters.ts'
import { readGauges } from './read-gauges.ts'

export interface RecordOptions {
  readonly config: () => Config
  readonly dataDir: string
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly bus: Bus
  readonly log: Log
  readonly ledger: Pick<LedgerWriter, 'health' | 'settled'>
}

export interface OpenRecord {
  readonly learned: NonNullable<EngineParts['learned']>
  /** The notary, heard by metrics, learning and the log. */
  watch(notary: EngineParts['notary']): EngineParts['notary']
  /** What the server's routes need. */
  parts(engine: Engine, cacheStats?: () => CacheStats): RecordParts
  /** Learns the payload rules anew, after a change of the configuration. */
  reconfigure(): void
  /** Once the ledger is closed: takes over what is left of it, sends what waits, closes the file. */
  close(): Promise<void>
}

/** How long what waits may still be sent when the process ends, ms. */
const exportWithinMs = 2_000
const saveEveryMs = 2_000
const saved = 'learning'

export async function openRecord(options: RecordOptions): Promise<OpenRecord> {
  const { config, dataDir, clock } = options
  const exporters = await openExporters({ ...options, onProblem: options.log.warn })
  const runs = openRunStore({
    dir: dataDir,
    keeping: keepingOf(config()),
    tellsRuns: exporters !== undefined,
    clock,
    settled: () => options.ledger.settled(),
    onProblem: options.log.warn,
    ...(exporters ? { onTraced: exporters.take } : {}),
  })
  const metrics = createMetrics({ isRoute: (name) => config().routes.has(name), process: true })
  const learning = keepLearning(runs, clock)
  const hear = (record: Omit<LedgerRecord, 'commitments'>) => {
    metrics.observe(record)
    learning.book.learn(record, clock.wallMs())
    tellLearned(options.bus, record, learning.book.scoreOf)
    options.log.request(record)
  }
  return {
    learned: learning.book.scoreOf,
    watch: (notary) => watchNotary(notary, hear),
    parts: (engine, cacheStats) =>
      partsOf({ options, engine, cacheStats, runs, metrics, exporters, learning }),
    reconfigure: () => runs.keepBy(keepingOf(config())),
    async close() {
      await learning.close()
      await runs.close()
      await exporters?.close(exportWithinMs)
    },
  }
}

const dayMs = 86_400_000

function keepingOf({ ledger, traces, retention }: Config): KeepingRules {
  const { previews, redactPatterns } = ledger
  const { textCharacters, keepDays } = traces
  return {
    payloads: { previews, textCharacters, redactPatterns },
    ...(keepDays > 0 ? { keepForMs: keepDays * dayMs } : {}),
    ...(retention.previewsForMs === undefined ? {} : { previewsForMs: retention.previewsForMs }),
  }
}

/** The score of each target that was called, held against itself alone. */
function tellLearned(
  bus: Bus,
  { attempts }: Pick<LedgerRecord, 'attempts'>,
  scoreOf: LearningBook['scoreOf'],
): void {
  if (attempts.length === 0 || !bus.isHeard('learning.updated')) return
  const called = new Map(
    attempts.map(({ provider, model }) => [`${provider}\n${model}`, { provider, model }]),
  )
  for (const target of called.values()) {
    const [scored] = scoreTargets([target], scoreOf)
    if (scored) bus.publish('learning.updated', { ...target, score: scored.score })
  }
}

interface KeptLearning {
  readonly book: LearningBook
  /** What earlier processes learned is there. */
  readonly restored: Promise<void>
  close(): Promise<void>
}

/** Restores what was learned and saves it while it changes; a kill loses at most the last two seconds of learning. */
function keepLearning(runs: RunStore, clock: Clock): KeptLearning {
  const book = createLearningBook()
  let savedVersion = 0
  const save = async () => {
    const version = book.version()
    if (version === savedVersion) return
    savedVersion = version
    await runs.ask({ kind: 'save', name: saved, text: book.save() })
  }
  const restored = runs.ask({ kind: 'load', name: saved }).then((answer) => {
    if (answer.ok) book.restore(answer.value)
  })
  let isClosed = false
  let cancel = () => {}
  const later = () => {
    // What is being saved when it is closed must not begin anew.
    if (!isClosed) cancel = clock.after(saveEveryMs, () => void save().then(later))
  }
  later()
  return {
    book,
    restored,
    async close() {
      await restored
      isClosed = true
      cancel()
      await save()
    },
  }
}

interface Opened {
  readonly options: RecordOptions
  readonly engine: Engine
  readonly cacheStats: (() => CacheStats) | undefined
  readonly runs: RunStore
  readonly metrics: Metrics
  readonly exporters: Exporters | undefined
  readonly learning: KeptLearning
}

function partsOf(opened: Opened): RecordParts {
  const { runs, metrics, learning, options } = opened
  const startedAtMs = options.clock.monoMs()
  const ranked = () => rankings(learning.book, { scoreTargets, weights, trustedSamples })
  return {
    runs,
    async rankings() {
      await learning.restored
      return ranked()
    },
    refused: metrics.refused,
    async metrics() {
      for (const [name, values] of readGauges({
        ...opened,
        ledger: options.ledger.health(),
        bus: options.bus,
        rankings: ranked(),
        cache: opened.cacheStats?.(),
        isRedisAway: isRedisAway(opened),
      }))
        metrics.set(name, values)
      return metrics.text()
    },
    health: () => reportHealth(opened, options.clock.monoMs() - startedAtMs),
  }
}

/** Undefined where none is configured. */
function isRedisAway({ options, cacheStats }: Opened): boolean | undefined {
  return options.config().redis.url === undefined ? undefined : cacheStats?.().redis?.isAway
}

async function reportHealth(opened: Opened, upMs: number): Promise<HealthReport> {
  const { options, engine, runs, exporters } = opened
  const rules = options.config().health
  const answer = await runs.ask({ kind: 'summary', sinceMs: options.clock.wallMs() - rules.windowMs })
  const window = readWindow(answer.ok ? answer.value : '{}')
  const ledger = options.ledger.health()
  const isLedgerFailing = !ledger.isWell
  const isAway = isRedisAway(opened)
  const queues = {
    ledger: ledger.waiting,
    ...Object.fromEntries([...(exporters?.counts() ?? [])].map(([name, { waiting }]) => [name, waiting])),
  }
  const judged = judgeHealth({
    rules,
    targets: engine.standings(),
    window,
    isLedgerFailing,
    isRunStoreFailing: !answer.ok,
    isRedisAway: isAway,
    queues,
    droppedEvents: options.bus.dropped(),
  })
  const { requests, errors } = window
  return {
    ...judged,
    service: 'adaptive-mind',
    version: options.version,
    uptimeS: Math.round(upMs / 1_000),
    windowS: rules.windowMs / 1_000,
    requests: {
      running: engine.running(),
      ended: requests,
      ...(requests > 0 ? { successShare: (requests - errors) / requests } : {}),
    },
    stores: {
      ledger: isLedgerFailing ? 'failing' : 'ok',
      runs: answer.ok ? 'ok' : 'failing',
      ...(isAway === undefined ? {} : { redis: isAway ? 'away' : 'ok' }),
    },
    queues,
  }
}
