/** `serve`: finds the configuration, opens the gateway, and ends cleanly. */

import { systemClock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { sandboxConfig } from '../config/from-environment.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { listeningProblem, readAdminKey } from './admin-key.ts'
import { keepYoung } from './keep-young.ts'
import { type Loaded, loadConfig } from './load-config.ts'
import { openLog } from './open-log.ts'
import { type CommonOptions, complain, dataDirectory, portOf, print } from './options.ts'
import { runUntilEnd } from './run-until-end.ts'
import { welcomeText } from './welcome.ts'
import type { AsWorker } from './workers/as-worker.ts'

/** Where the gateway listens when nothing is configured at all. */
const defaultPort = 4_100

export interface ServeOptions extends CommonOptions {
  readonly host?: string
  readonly port?: string
  /** Processes on this machine that serve together. */
  readonly workers?: string
}

export async function serve(options: ServeOptions): Promise<number> {
  const loaded = loadConfig(options.config)
  if (!loaded.ok) return wrongUse(loaded.fault)
  const server = addressFrom(options, loaded.value.config?.server)
  if (typeof server === 'string') return wrongUse([server])
  const adminKey = readAdminKey(process.env)
  if (!adminKey.ok) return wrongUse([adminKey.fault])
  const dataDir = dataDirectory(options)
  const fileKeys = loaded.value.config?.access.keys ?? []
  const refused = listeningProblem({ host: server.host, adminKey: adminKey.value, dataDir, fileKeys })
  if (refused) return wrongUse([refused])
  const workers = workersFrom(options.workers)
  if (typeof workers === 'string') return wrongUse([workers])
  const worker = await asWorker()
  const sandbox = loaded.value.config ? undefined : await ownSandbox()
  const base = loaded.value.config ?? sandboxConfig(sandbox?.address ?? '')
  const config: Config = { ...base, server: { ...base.server, ...server } }
  if (workers > 1 && worker === undefined)
    return await leadAll(options, { config, loaded: loaded.value, workers })
  return await run({ config, loaded: loaded.value, sandbox, options, adminKey: adminKey.value, worker })
}

/** What takes long to load is loaded when nothing is wrong any more. */
async function ownSandbox(): Promise<Sandbox> {
  const { startSandbox } = await import('../sandbox/sandbox.ts')
  const { inboundAdapters } = await import('./adapters.ts')
  const { sandboxAnswerer } = await import('./analyses/open-analyst.ts')
  return await startSandbox({ inbound: inboundAdapters, clock: systemClock, answerer: sandboxAnswerer() })
}

async function asWorker(): Promise<AsWorker | undefined> {
  const number = process.env['ADAPTIVE_MIND_WORKER']
  if (number === undefined) return undefined
  const { asWorker } = await import('./workers/as-worker.ts')
  return asWorker(number)
}

interface Leading {
  readonly config: Config
  readonly loaded: Loaded
  readonly workers: number
}

async function leadAll(options: ServeOptions, { config, loaded, workers }: Leading): Promise<number> {
  if (loaded.config === undefined)
    return wrongUse(['--workers needs a configuration: the sandbox is for one process'])
  const { lead } = await import('./workers/lead.ts')
  const dataDir = dataDirectory(options)
  const onListening = (address: string) => {
    const about = { address, config, source: loaded.source, dataDir, asksForKey: false }
    print(options.quiet ? address : `${welcomeText(about)}\n${workers} workers serve`)
  }
  return await lead({ workers, config, dataDir, onListening })
}

const mostWorkers = 64

function workersFrom(given: string | undefined): number | string {
  const workers = given === undefined ? 1 : /^\d+$/.test(given) ? Number(given) : 0
  return workers >= 1 && workers <= mostWorkers
    ? workers
    : `--workers must be a number from 1 to ${mostWorkers}, not "${given}"`
}

interface Running {
  readonly config: Config
  readonly loaded: Loaded
  readonly sandbox: Sandbox | undefined
  readonly options: ServeOptions
  readonly adminKey: string | undefined
  readonly worker: AsWorker | undefined
}

async function run({ config, loaded, sandbox, options, adminKey, worker }: Running): Promise<number> {
  const dataDir = dataDirectory(options)
  const log = openLog(config, options.quiet === true)
  const { openGateway } = await import('./open-gateway.ts')
  const opened = await openGateway({ config, dataDir, file: loaded.file, adminKey, worker, log })
  if (!opened.ok) {
    await sandbox?.close()
    complain(opened.fault)
    return 1
  }
  const gateway = opened.value
  keepYoung()
  if (gateway.recovered > 0)
    log.warn(
      `${gateway.recovered} requests were running when the last process died: entered as UNKNOWN_CRASH`,
    )
  const { address } = gateway
  // Of several processes the one that leads them tells where they listen.
  if (worker === undefined)
    print(
      options.quiet
        ? address
        : welcomeText({ address, config, source: loaded.source, dataDir, asksForKey: gateway.asksForKey() }),
    )
  return await runUntilEnd({
    running: gateway.running,
    drainMs: config.server.drainMs,
    clock: systemClock,
    onEnd: gateway.drain,
    async close() {
      await gateway.close()
      await sandbox?.close()
    },
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
  const given = options.port ?? (process.env['PORT'] || undefined)
  const port = given === undefined ? { ok: true as const, value: file?.port ?? defaultPort } : portOf(given)
  if (!port.ok) return port.fault
  return { host, port: port.value }
}
