/** Opens all that stands behind the server, ledger first: the engine with what it works and remembers with. */

import { systemClock } from '../base/clock.ts'
import { done, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import type { Engine } from '../gateway/engine/engine-port.ts'
import type { Transport } from '../gateway/transport/transport.ts'
import { createUndiciTransport } from '../gateway/transport/undici-transport.ts'
import { type Bus, createBus } from '../record/bus.ts'
import type { Log } from '../record/log/log.ts'
import { eventLine, loggedTopics } from '../record/log/log-line.ts'
import { composeEngine } from './compose.ts'
import { type ConfigWatch, watchConfig } from './config-watch.ts'
import { type OpenAccess, openAccess } from './open-access.ts'
import { plainLog } from './open-log.ts'
import { type OpenMemory, openMemory } from './open-memory.ts'
import { type OpenRecord, openRecord } from './open-record.ts'
import { addressReader, type OpenServing, openServing } from './open-serving.ts'
import { packageVersion } from './package-version.ts'
import { proxiesFrom } from './proxies.ts'
import { restoreBudgets } from './restore-budgets.ts'
import type { AsWorker } from './workers/as-worker.ts'
import { queriesOver } from './workers/queries-over.ts'
import { journalDirs, workerDir } from './workers/worker-dirs.ts'

export interface WorksOptions {
  readonly config: Config
  readonly dataDir: string
  /** The file to take changes over from; where it is absent the configuration stays. */
  readonly file?: string | undefined
  /** Opens everything; undefined where there is none. */
  readonly adminKey?: string | undefined
  /** Told what goes wrong, and of requests that did not go straight through; plain lines on stderr where it is absent. */
  readonly log?: Log | undefined
  /** Set where it is one of several on this machine. */
  readonly worker?: AsWorker | undefined
}

export interface OpenWorks {
  /** In force now, with the providers' stored keys in it. */
  readonly config: () => Config
  readonly bus: Bus
  readonly log: Log
  readonly memory: OpenMemory
  readonly access: OpenAccess
  readonly record: OpenRecord
  readonly serving: OpenServing
  readonly engine: Engine
  /** What the engine reaches providers through. */
  readonly transport: Transport
  /** Once nobody calls any more; everything entered is on disk when it resolves. */
  close(): Promise<void>
}

/** A fault is the reason in words, with a remedy; nothing is left open then. */
export async function openWorks(options: WorksOptions): Promise<Outcome<OpenWorks, string>> {
  const { dataDir, worker } = options
  const journalDir = workerDir(dataDir, worker?.number ?? 1)
  const bus = createBus({ clock: systemClock, source: 'gateway' })
  const { log = plainLog } = options
  bus.subscribe(loggedTopics, (event) => {
    const line = eventLine(event)
    if (line) log.line(line)
  })
  const watched = watchFile(options, { bus, log })
  const memory = await openMemory({ ...options, dataDir: journalDir, current: watched.current, bus, log })
  if (!memory.ok) {
    watched.close()
    return memory
  }
  const access = openAccess({
    dataDir,
    installationKey: memory.value.ledger.installationKey,
    config: watched.current,
    adminKey: options.adminKey,
    addressOf: addressReader(options.config),
    onProblem: log.warn,
  })
  if (access.ok)
    return done(await openEngine(options, { bus, log, watched, memory: memory.value, access: access.value }))
  watched.close()
  await memory.value.close()
  return access
}

interface Foundation extends Pick<OpenWorks, 'bus' | 'memory' | 'access'> {
  readonly log: Log
  readonly watched: ConfigWatch
}

async function openEngine(
  { config: first, dataDir, worker }: WorksOptions,
  { bus, log, watched, memory, access }: Foundation,
): Promise<OpenWorks> {
  const transport = createUndiciTransport({
    connectMs: first.timeouts.connectMs,
    proxies: proxiesFrom(process.env),
  })
  const clock = systemClock
  const { config, asksForKey } = access
  const version = packageVersion()
  const journalDir = workerDir(dataDir, worker?.number ?? 1)
  const { ledger } = memory
  const record = await openRecord({
    config,
    dataDir: journalDir,
    version,
    env: process.env,
    clock,
    bus,
    log,
    ledger: ledger.ledger,
  })
  bus.subscribe(['configuration.loaded'], record.reconfigure)
  const serving = await openServing({
    config,
    dataDir,
    asksForKey,
    clock,
    bus,
    onProblem: log.warn,
    shared: worker?.shared,
  })
  await restoreBudgets({
    config: config(),
    dataDir,
    keys: access.offices.keys,
    limits: serving.limits,
    clock,
    isFirst: (worker?.number ?? 1) === 1,
    log,
  })
  const engine = composeEngine({ config, transport, ledger, bus, record, cache: serving.cache })
  const queries = worker
    ? queriesOver(() => journalDirs(dataDir), { dir: journalDir, queries: memory.queries })
    : memory.queries
  const close = async () => {
    watched.close()
    if (worker) await queries.close()
    await transport.close()
    serving.close()
    access.close()
    await memory.close()
    await record.close()
  }
  const opened = { config, bus, log, memory: { ...memory, queries }, access, record, serving, engine }
  return { ...opened, transport, close }
}

/** Changes of the file are told in the log and on the bus. */
function watchFile(
  { config, file }: WorksOptions,
  { bus, log }: Pick<Foundation, 'bus' | 'log'>,
): ConfigWatch {
  const source = file ?? ''
  return watchConfig({
    first: config,
    file,
    onLoaded(changed) {
      log.warn(`${source} was changed and is in force now: ${changed.join(', ')}`)
      bus.publish('configuration.loaded', { source })
    },
    onRefused(problems) {
      for (const problem of problems) log.warn(`not taken over, the old configuration stays: ${problem}`)
      bus.publish('configuration.error', { problems })
    },
  })
}
