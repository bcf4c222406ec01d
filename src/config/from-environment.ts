/** A configuration for those who wrote none: every provider whose key stands in the environment, or the sandbox. */

import type { Outcome } from '../base/outcome.ts'
import type { Config } from './config.ts'
import type { PathProblem } from './config-problems.ts'
import { type KnownProvider, knownProviders } from './providers.ts'
import { configSchema } from './schema.ts'
import type { Environment } from './substitute.ts'
import { toConfig } from './to-config.ts'

/** Undefined where no provider's key is set. The route `chat` tries the providers in the order of the table. */
export function configFromEnvironment(env: Environment): Outcome<Config, readonly PathProblem[]> | undefined {
  const found = Object.entries(knownProviders).flatMap(([name, row]): Found[] => {
    const keys = row.keyNames.map((keyName) => env[keyName]).find((key) => key)
    if (keys) return [{ name, row, given: { keys: [keys] } }]
    const host = name === 'ollama' ? env['OLLAMA_HOST'] : undefined
    return host ? [{ name, row, given: { base_url: ollamaUrl(host) } }] : []
  })
  if (found.length === 0) return undefined
  const file = configSchema.parse({
    providers: Object.fromEntries(found.map(({ name, given }) => [name, given])),
    routes: {
      chat: { targets: found.map(({ name, row }) => ({ provider: name, models: [row.defaultModel] })) },
    },
  })
  return toConfig(file)
}

interface Found {
  readonly name: string
  readonly row: KnownProvider
  readonly given: { readonly keys?: readonly string[]; readonly base_url?: string }
}

/** `OLLAMA_HOST` may be a bare `host:port`. */
function ollamaUrl(host: string): string {
  const url = /^https?:\/\//.test(host) ? host : `http://${host}`
  return url.endsWith('/v1') ? url : `${url.replace(/\/+$/, '')}/v1`
}

/** One simulated provider with two keys; its model `analyst` answers the questions of an analysis. */
export function sandboxConfig(address: string): Config {
  const file = configSchema.parse({
    providers: {
      sandbox: {
        dialect: 'openai',
        base_url: `${address}/v1`,
        keys: ['sandbox-key-1', 'sandbox-key-2'],
        models: ['small', 'large', 'analyst'],
        simulated: true,
      },
    },
    routes: { chat: { targets: [{ provider: 'sandbox', models: ['small', 'large'] }] } },
  })
  const config = toConfig(file)
  if (!config.ok) throw new Error(`the sandbox’s own configuration is wrong: ${config.fault[0]?.message}`)
  return config.value
}
