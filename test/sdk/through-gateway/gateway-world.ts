/** The gateway in process, its ledger in a directory of its own, in front of simulated providers. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { openGateway } from '../../../src/cli/open-gateway.ts'
import { readConfig } from '../../../src/config/read-config.ts'
import type { Dialect } from '../../../src/protocol/chat.ts'
import { temporaryDirectory } from '../../e2e/gateway-process.ts'

/** The dialects a provider can speak; a new outbound dialect is a word here and its path below. */
export const outbounds = ['openai', 'anthropic', 'gemini'] as const satisfies readonly Dialect[]
/** With the second dialect of OpenAI, which takes fewer settings. */
export const allOutbounds = [...outbounds, 'responses'] as const satisfies readonly Dialect[]
export type Outbound = (typeof allOutbounds)[number]
/** Who serves first, and who goes on. */
export type Pair = readonly [first: Outbound, second: Outbound]

const paths: Readonly<Record<Dialect, string>> = {
  openai: '/v1',
  anthropic: '',
  gemini: '/v1beta',
  responses: '/v1',
}

export interface ProviderSpec {
  readonly name: string
  readonly dialect: Dialect
  /** Of the sandbox. */
  readonly address: string
}

/** Route name → targets as `provider/model`, in the order of tries. */
export type Routes = Readonly<Record<string, readonly string[]>>

/** Address of a gateway that tries nothing twice and trips no circuit; closed when the test file ends. */
export async function openWorld(providers: readonly ProviderSpec[], routes: Routes = {}): Promise<string> {
  const dir = temporaryDirectory()
  const text = JSON.stringify({
    server: { port: 0, body_limit_bytes: 100_000 },
    providers: Object.fromEntries(
      providers.map(({ name, dialect, address }) => [
        name,
        { dialect, base_url: `${address}${paths[dialect]}`, keys: [`key-of-${name}`] },
      ]),
    ),
    routes: Object.fromEntries(
      Object.entries(routes).map(([name, targets]) => [name, { targets: targets.map(targetOf) }]),
    ),
    attempts: { same_try: 1, base_ms: 1, max_ms: 1, patience_ms: 0 },
    breaker: { trip_after: 1_000, min_calls: 1_000_000 },
    throttle: { min_calls: 1_000_000 },
    rates: { chat_per_minute: 100_000 },
  })
  const config = readConfig({ text, file: 'test.yaml', env: {} })
  if (!config.ok) throw new Error(JSON.stringify(config.fault))
  const opened = await openGateway({ config: config.value, dataDir: join(dir, 'data') })
  if (!opened.ok) throw new Error(opened.fault)
  after(async () => {
    await opened.value.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return opened.value.address
}

function targetOf(target: string) {
  const slash = target.indexOf('/')
  return { provider: target.slice(0, slash), models: [target.slice(slash + 1)] }
}
