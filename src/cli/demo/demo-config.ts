/** The configuration the demo runs with: three simulated providers behind one route, and short limits. */

import type { Config } from '../../config/config.ts'
import { configSchema } from '../../config/schema.ts'
import { toConfig } from '../../config/to-config.ts'
import { type ProviderName, providerNames } from './scenes.ts'

/** What callers put in `model`, and the one model each provider has. */
export const demoRoute = 'chat'
export const demoModel = 'small'
export const keysEach = 2

/** How long an open circuit refuses calls: short enough that a provider is asked again within its scene, ms. */
const openForMs = (seconds: number) => Math.min(1_000, Math.max(200, seconds * 50))

export function demoConfig(addresses: Readonly<Record<ProviderName, string>>, seconds: number): Config {
  const file = configSchema.parse({
    server: { port: 0 },
    providers: Object.fromEntries(providerNames.map((name) => [name, providerOf(name, addresses[name])])),
    routes: {
      [demoRoute]: { targets: providerNames.map((provider) => ({ provider, models: [demoModel] })) },
    },
    timeouts: { total_ms: 10_000, first_token_ms: 800, idle_ms: 800, response_ms: 800 },
    attempts: { base_ms: 50, patience_ms: 200 },
    breaker: { trip_after: 3, open_for_ms: openForMs(seconds) },
    rates: { chat_per_minute: 1_000_000 },
  })
  const config = toConfig(file)
  if (!config.ok) throw new Error(`the demo’s own configuration is wrong: ${config.fault[0]?.message}`)
  return config.value
}

function providerOf(name: ProviderName, address: string) {
  return {
    dialect: 'openai',
    base_url: `${address}/v1`,
    keys: Array.from({ length: keysEach }, (_, at) => `${name}-key-${at + 1}`),
    models: [demoModel],
    simulated: true,
  }
}
