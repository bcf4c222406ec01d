/** `serve`: puts the parts together, listens, and ends cleanly. */

import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import type { Config } from '../config/config.ts'
import { sandboxConfig } from '../config/from-environment.ts'
import { openaiInbound } from '../gateway/adapters/openai/adapter.ts'
import { createCatalogue } from '../gateway/catalogue/declared-models.ts'
import { createEngine } from '../gateway/engine/engine.ts'
import type { Engine } from '../gateway/engine/engine-port.ts'
import type { Transport } from '../gateway/transport/transport.ts'
import { createUndiciTransport } from '../gateway/transport/undici-transport.ts'
import { createBus } from '../record/bus.ts'
import { type OpenLedger, openLedger } from '../record/ledger.ts'
import { createNotary } from '../record/notary.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { isLoopback } from '../server/guard.ts'
import { createServer } from '../server/server.ts'
import { inboundAdapters, outboundAdapters } from './adapters.ts'
import { loadConfig } from './load-config.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'
import { runUntilEnd } from './run-until-end.ts'
import { welcomeText } from './welcome.ts'

/** Where the gateway listens when nothing is configured at all. */
const defaultPort = 4_100

export interface ServeOptions extends CommonOptions {
  readonly host?: string
  readonly port?: string
}

export async function serve(options: ServeOptions): Promise<number> {
  const loaded = loadConfig(options.config)
  if (!loaded.ok) return wrongUse(loaded.fault)
  const server = addressFrom(options, loaded.value.config?.server)
  if (typeof server === 'string') return wrongUse([server])
  const sandbox = loaded.value.config
    ? undefined
    : await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const base = loaded.value.config ?? sandboxConfig(sandbox?.address ?? '')
  const config: Config = { ...base, server: { ...base.server, ...server } }
  const dataDir = dataDirectory(options)
  const ledger = await openLedger({
    dir: dataDir,
    synchronous: config.ledger.synchronous,
    commitWaitMs: config.ledger.commitWaitMs,
    clock: systemClock,
    onProblem: complain,
  })
  if (!ledger.ok) {
    await sandbox?.close()
    complain(ledger.fault)
    return 1
  }
  if (ledger.value.recovered > 0)
    complain(
      `${ledger.value.recovered} requests were running when the last process died: entered as UNKNOWN_CRASH`,
    )
  return await listen({
    config,
    source: loaded.value.source,
    dataDir,
    ledger: ledger.value,
    sandbox,
    options,
  })
}

interface Running {
  readonly config: Config
  readonly source: string
  readonly dataDir: string
  readonly ledger: OpenLedger
  readonly sandbox: Sandbox | undefined
  readonly options: ServeOptions
}

async function listen({ config, source, dataDir, ledger, sandbox, options }: Running): Promise<number> {
  const transport = createUndiciTransport({ connectMs: config.timeouts.connectMs })
  const engine = compose(config, transport, ledger)
  let isDraining = false
  const app = createServer({
    config: () => config,
    engine,
    inbound: { openai: openaiInbound },
    clock: systemClock,
    version: version(),
    createdAtS: 1_700_000_000,
    describeModel: () => ({}),
    isDraining: () => isDraining,
  })
  const close = async () => {
    await app.close()
    await transport.close()
    await ledger.ledger.close()
    await sandbox?.close()
  }
  try {
    await app.listen({ host: config.server.host, port: config.server.port })
  } catch (error) {
    complain(portTrouble(error, config.server))
    await close()
    return 1
  }
  const bound = app.server.address()
  const port = typeof bound === 'object' ? bound?.port : bound
  const url = `http://${config.server.host.includes(':') ? `[${config.server.host}]` : config.server.host}:${port}`
  if (!options.quiet) print(welcomeText({ address: url, config, source, dataDir }))
  else print(url)
  return await runUntilEnd({
    running: engine.running,
    drainMs: config.server.drainMs,
    clock: systemClock,
    onEnd: () => {
      isDraining = true
    },
    close,
  })
}

function compose(config: Config, transport: Transport, ledger: OpenLedger): Engine {
  const bus = createBus({ clock: systemClock, source: 'gateway' })
  const previews = () => config.ledger.previews
  return createEngine({
    config: () => config,
    adapters: outboundAdapters,
    transport,
    clock: systemClock,
    random: systemRandom,
    publish: bus.publish,
    notary: createNotary({ ledger: ledger.ledger, installationKey: ledger.installationKey, previews }),
    catalogue: createCatalogue(() => config),
    fingerprint: fingerprinter(ledger.installationKey),
  })
}

function wrongUse(lines: readonly string[]): number {
  for (const line of lines) complain(line)
  return 2
}

/** Options stand above the environment, and both above the file. */
function addressFrom(
  options: ServeOptions,
  file: Config['server'] | undefined,
): { readonly host: string; readonly port: number } | string {
  const host = options.host ?? process.env['HOST'] ?? file?.host ?? '127.0.0.1'
  const given = options.port ?? process.env['PORT']
  const port = given === undefined ? (file?.port ?? defaultPort) : Number(given)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    return `--port must be a number from 0 to 65535, not "${given}"`
  if (!isLoopback(host))
    return `refusing to listen on ${host}: callers are not asked for a key yet, so only this machine may call. Use --host 127.0.0.1`
  return { host, port }
}

function portTrouble(error: unknown, { host, port }: Config['server']): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EADDRINUSE')
    return `port ${port} on ${host} is taken: end the other program, or choose another with --port`
  return `cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`
}

/** A key's name for people; kept, for a keyed hash is dear on the request path. */
function fingerprinter(installationKey: Buffer): (key: string) => string {
  const known = new Map<string, string>()
  return (key) => {
    const found = known.get(key)
    if (found) return found
    const made = `key_${createHmac('sha256', installationKey).update(key).digest('hex').slice(0, 8)}`
    known.set(key, made)
    return made
  }
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return String(JSON.parse(readFileSync(file, 'utf8')).version)
}
