/** Opens the gateway, ledger first, and lets it listen: for `serve`, and for commands that bring their own. */

import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import { describeModel, knownModels } from '../gateway/catalogue/describe-model.ts'
import type { Engine } from '../gateway/engine/engine-port.ts'
import { createUndiciTransport } from '../gateway/transport/undici-transport.ts'
import { type Bus, createBus } from '../record/bus.ts'
import { createServer } from '../server/server.ts'
import type { ServerParts } from '../server/server-parts.ts'
import { inboundAdapters } from './adapters.ts'
import { composeEngine } from './compose.ts'
import { type ConfigWatch, watchConfig } from './config-watch.ts'
import { type OpenAccess, openAccess } from './open-access.ts'
import { type OpenMemory, openMemory } from './open-memory.ts'
import { openRecord } from './open-record.ts'
import { complain, portTrouble } from './options.ts'
import { proxiesFrom } from './proxies.ts'

export interface GatewayOptions {
  readonly config: Config
  readonly dataDir: string
  /** The file to take changes over from; where it is absent the configuration stays. */
  readonly file?: string | undefined
  /** Opens everything; undefined where there is none. */
  readonly adminKey?: string | undefined
}

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
  /** From here on no new request is taken. */
  drain(): void
  /** Ends connections and the ledger; everything entered is on disk when it resolves. */
  close(): Promise<void>
}

/** A fault is the reason in words, with a remedy; nothing is left open then. */
export async function openGateway(options: GatewayOptions): Promise<Outcome<OpenGateway, string>> {
  const { dataDir } = options
  const bus = createBus({ clock: systemClock, source: 'gateway' })
  const watched = watchFile(options, bus)
  const memory = await openMemory({ ...options, current: watched.current, bus })
  if (!memory.ok) {
    watched.close()
    return memory
  }
  const access = openAccess({
    dataDir,
    installationKey: memory.value.ledger.installationKey,
    config: watched.current,
    adminKey: options.adminKey,
    onProblem: complain,
  })
  if (access.ok) return await listen({ options, memory: memory.value, bus, watched, access: access.value })
  watched.close()
  await memory.value.close()
  return access
}

interface Opened {
  readonly options: GatewayOptions
  readonly memory: OpenMemory
  readonly bus: Bus
  readonly watched: ConfigWatch
  readonly access: OpenAccess
}

async function listen(opened: Opened): Promise<Outcome<OpenGateway, string>> {
  const { options, memory, bus, watched, access } = opened
  const { timeouts, server } = options.config
  const transport = createUndiciTransport({
    connectMs: timeouts.connectMs,
    proxies: proxiesFrom(process.env),
  })
  const { ledger } = memory
  const { config } = access
  const clock = systemClock
  const { dataDir } = options
  const record = await openRecord({ config, dataDir, version: version(), env: process.env, clock, bus })
  bus.subscribe(['configuration.loaded'], record.reconfigure)
  const engine = composeEngine({ config, transport, ledger, bus, record })
  let isDraining = false
  const app = serverOf(opened, engine, { record: record.parts(engine), isDraining: () => isDraining })
  const close = async () => {
    watched.close()
    await app.close()
    await transport.close()
    access.close()
    await memory.close()
    await record.close()
  }
  const address = await bind(app, server)
  if (!address.ok) {
    await close()
    return address
  }
  return done({
    address: address.value,
    bus,
    recovered: ledger.recovered,
    asksForKey: access.asksForKey,
    running: engine.running,
    drain() {
      isDraining = true
    },
    close,
  })
}

function serverOf(
  { memory, access }: Opened,
  engine: Engine,
  more: Pick<ServerParts, 'record' | 'isDraining'>,
): FastifyInstance {
  const { config, gate, offices } = access
  return createServer({
    config,
    engine,
    gate,
    offices,
    inbound: inboundAdapters,
    clock: systemClock,
    version: version(),
    createdAtS: 1_700_000_000,
    models: { describe: describeModel, modelsOf: knownModels },
    ledger: memory.queries,
    ...more,
  })
}

/** The address with the port that was bound. */
async function bind(
  app: FastifyInstance,
  { host, port }: Config['server'],
): Promise<Outcome<string, string>> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    return failed(portTrouble(error, { host, port }))
  }
  const bound = app.server.address()
  const given = typeof bound === 'object' ? bound?.port : bound
  return done(`http://${host.includes(':') ? `[${host}]` : host}:${given}`)
}

/** Changes of the file are told on stderr and on the bus. */
function watchFile({ config, file }: GatewayOptions, bus: Bus): ConfigWatch {
  const source = file ?? ''
  return watchConfig({
    first: config,
    file,
    onLoaded(changed) {
      complain(`${source} was changed and is in force now: ${changed.join(', ')}`)
      bus.publish('configuration.loaded', { source })
    },
    onRefused(problems) {
      for (const problem of problems) complain(`not taken over, the old configuration stays: ${problem}`)
      bus.publish('configuration.error', { problems })
    },
  })
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return String(JSON.parse(readFileSync(file, 'utf8')).version)
}
