/** Opens the gateway and lets it listen: for `serve`, and for commands that bring their own. */

import type { Server } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import { describeModel, knownModels } from '../gateway/catalogue/describe-model.ts'
import type { Bus } from '../record/bus.ts'
import type { AnalysisDesk } from '../server/analyses/analysis-desk.ts'
import type { BatchOffice } from '../server/batch/batch-routes.ts'
import type { HealthDesk } from '../server/health/health-routes.ts'
import type { PrewarmOffice } from '../server/prewarm/prewarm-routes.ts'
import { createServer } from '../server/server.ts'
import type { ServerParts, TlsFiles } from '../server/server-parts.ts'
import { inboundAdapters } from './adapters.ts'
import { openAnalyses } from './open-analyses.ts'
import { openBatches } from './open-batches.ts'
import { openHealthDesk } from './open-health-desk.ts'
import { openPrewarm } from './open-prewarm.ts'
import { type OpenWorks, openWorks, type WorksOptions } from './open-works.ts'
import { portTrouble } from './options.ts'
import { packageVersion } from './package-version.ts'
import { followTls, readTls } from './tls-files.ts'
import type { AsWorker } from './workers/as-worker.ts'

export type GatewayOptions = WorksOptions

export interface OpenGateway {
  /** `http://HOST:PORT`, with the port that was bound. */
  readonly address: string
  readonly bus: Bus
  /** Requests that were running when the last process on this data directory died. */
  readonly recovered: number
  /** Whether callers need a key. */
  asksForKey(): boolean
  /** Requests running now. */
  running(): number
  /** Resolves once every entry made before is found by who reads the ledger's file, at most `ledger.commit_wait_ms` later. */
  settled(): Promise<void>
  /** From here on no new request is taken. */
  drain(): void
  /** Ends connections and the ledger; everything entered is on disk when it resolves. */
  close(): Promise<void>
}

/** A fault is the reason in words, with a remedy; nothing is left open then. */
export async function openGateway(options: GatewayOptions): Promise<Outcome<OpenGateway, string>> {
  const { server } = options.config
  const tls = server.tls && readTls(server.tls)
  if (tls?.ok === false) return tls
  const works = await openWorks(options)
  if (!works.ok) return works
  const { engine, bus, memory, access } = works.value
  let isDraining = false
  const { worker } = options
  // Of several processes one alone keeps files, batches and pre-warming.
  const keeps = worker === undefined || worker.number === 1
  const batches = keeps ? openBatches(options.dataDir, works.value, systemClock) : undefined
  const prewarm = keeps ? openPrewarm(works.value, systemClock) : undefined
  const analyses = keeps ? openAnalyses(options.dataDir, works.value, systemClock) : undefined
  const app = serverOf(works.value, {
    tls: tls?.value,
    batches: batches?.office,
    prewarm: prewarm?.office,
    health: openHealthDesk(engine, worker),
    analyses,
    elsewhere: worker?.first?.pass,
    isDraining: () => isDraining,
  })
  const unfollow = server.tls
    ? followTls(app.server as unknown as Server, server.tls, works.value.log)
    : () => {}
  const close = async () => {
    unfollow()
    await worker?.close()
    await Promise.all([batches?.close(), prewarm?.close(), analyses?.close()])
    await app.close()
    await works.value.close()
  }
  const address = worker ? await handedOver(app, worker) : await bind(app, server)
  if (!address.ok) {
    await close()
    return address
  }
  await worker?.listenForOthers((request, response) => app.server.emit('request', request, response))
  return done({
    address: address.value,
    bus,
    recovered: memory.ledger.recovered,
    asksForKey: access.asksForKey,
    running: engine.running,
    settled: () => memory.ledger.ledger.settled(),
    drain() {
      isDraining = true
      void batches?.close()
      void prewarm?.close()
      void analyses?.close()
    },
    close,
  })
}

interface ServerOptions {
  readonly tls: TlsFiles | undefined
  readonly batches: BatchOffice | undefined
  readonly prewarm: PrewarmOffice | undefined
  readonly health: HealthDesk
  readonly analyses: AnalysisDesk | undefined
  readonly elsewhere: ServerParts['elsewhere']
  readonly isDraining: () => boolean
}

function serverOf(
  works: OpenWorks,
  { batches, prewarm, health, ...options }: ServerOptions,
): FastifyInstance {
  const { memory, access, engine, record, serving } = works
  const { config, gate, offices } = access
  return createServer({
    config,
    engine,
    gate,
    offices,
    inbound: inboundAdapters,
    clock: systemClock,
    version: packageVersion(),
    createdAtS: 1_700_000_000,
    models: { describe: describeModel, modelsOf: knownModels },
    ledger: memory.queries,
    record: record.parts(engine, serving.cache.stats),
    serving: { ...serving.parts(engine), health, batches, prewarm },
    ...options,
  })
}

/** A worker has no address of its own. */
async function handedOver(app: FastifyInstance, worker: AsWorker): Promise<Outcome<string, string>> {
  await app.ready()
  worker.serve(app.server)
  return done('')
}

/** The address with the port that was bound. */
async function bind(
  app: FastifyInstance,
  { host, port, tls }: Config['server'],
): Promise<Outcome<string, string>> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    return failed(portTrouble(error, { host, port }))
  }
  const bound = app.server.address()
  const given = typeof bound === 'object' ? bound?.port : bound
  return done(`${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${given}`)
}
