/** `serve`: puts the parts together, listens, and ends cleanly. */

import { readFileSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { sandboxConfig } from '../config/from-environment.ts'
import { anthropicInbound } from '../gateway/adapters/anthropic/adapter.ts'
import { openaiInbound } from '../gateway/adapters/openai/adapter.ts'
import { describeModel, knownModels } from '../gateway/catalogue/describe-model.ts'
import { createUndiciTransport } from '../gateway/transport/undici-transport.ts'
import { createBus } from '../record/bus.ts'
import { type OpenLedger, openLedger } from '../record/ledger.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { isLoopback } from '../server/guard.ts'
import { createServer } from '../server/server.ts'
import { inboundAdapters } from './adapters.ts'
import { composeEngine } from './compose.ts'
import { watchConfig } from './config-watch.ts'
import { loadConfig } from './load-config.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'
import { proxiesFrom } from './proxies.ts'
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
    file: loaded.value.file,
    dataDir,
    ledger: ledger.value,
    sandbox,
    options,
  })
}

interface Running {
  readonly config: Config
  readonly source: string
  readonly file: string | undefined
  readonly dataDir: string
  readonly ledger: OpenLedger
  readonly sandbox: Sandbox | undefined
  readonly options: ServeOptions
}

async function listen({ config, source, file, dataDir, ledger, sandbox, options }: Running): Promise<number> {
  const transport = createUndiciTransport({
    connectMs: config.timeouts.connectMs,
    proxies: proxiesFrom(process.env),
  })
  const bus = createBus({ clock: systemClock, source: 'gateway' })
  const watched = watchConfig({
    first: config,
    file: sandbox ? undefined : file,
    onLoaded(changed) {
      complain(`${source} was changed and is in force now: ${changed.join(', ')}`)
      bus.publish('configuration.loaded', { source })
    },
    onRefused(problems) {
      for (const problem of problems) complain(`not taken over, the old configuration stays: ${problem}`)
      bus.publish('configuration.error', { problems })
    },
  })
  const engine = composeEngine({ config: watched.current, transport, ledger, bus })
  let isDraining = false
  const app = createServer({
    config: watched.current,
    engine,
    inbound: { openai: openaiInbound, anthropic: anthropicInbound },
    clock: systemClock,
    version: version(),
    createdAtS: 1_700_000_000,
    models: { describe: describeModel, modelsOf: knownModels },
    isDraining: () => isDraining,
  })
  const close = async () => {
    watched.close()
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

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return String(JSON.parse(readFileSync(file, 'utf8')).version)
}
