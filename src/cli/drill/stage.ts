/** The user's own configuration with a simulated provider in the place of each of its own, and the gateway before them. */

import { systemClock } from '../../base/clock.ts'
import { done, type Outcome } from '../../base/outcome.ts'
import type { Config, ProviderConfig } from '../../config/config.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { inboundAdapters } from '../adapters.ts'
import { openGateway } from '../open-gateway.ts'
import { drillAnswer } from './drill-answer.ts'
import { drillKeys, type Hit } from './scenarios.ts'

export interface Stage {
  /** Of the gateway. */
  readonly address: string
  /** Resolves once the ledger's file has the entry of every request answered before. */
  settled(): Promise<void>
  /** Calls that each provider received. */
  calls(): ReadonlyMap<string, number>
  close(): Promise<void>
}

/** Ms between two events of a stream. */
const tokenDelayMs = 2

export async function openStage(config: Config, hit: Hit, dataDir: string): Promise<Outcome<Stage, string>> {
  const sandboxes = new Map<string, Sandbox>()
  for (const provider of config.providers.values()) {
    const sandbox = await startSandbox({
      inbound: inboundAdapters,
      clock: systemClock,
      answerer: drillAnswer,
      file: { token_delay_ms: tokenDelayMs },
    })
    if (provider.name === hit.provider) sandbox.setRules(hit.scenario.rules(drillKeys(provider)))
    sandboxes.set(provider.name, sandbox)
  }
  const closeAll = async () => {
    for (const sandbox of sandboxes.values()) await sandbox.close()
  }
  const gateway = await openGateway({ config: staged(config, sandboxes), dataDir })
  if (!gateway.ok) {
    await closeAll()
    return gateway
  }
  return done({
    address: gateway.value.address,
    settled: gateway.value.settled,
    calls: () => new Map([...sandboxes].map(([name, { attempts }]) => [name, attempts.length])),
    async close() {
      await gateway.value.close()
      await closeAll()
    },
  })
}

/** Limits, routes, attempts and circuits stay as they are; addresses and keys do not. */
function staged(config: Config, sandboxes: ReadonlyMap<string, Sandbox>): Config {
  const providers = [...config.providers.values()].map((provider): [string, ProviderConfig] => [
    provider.name,
    {
      ...provider,
      baseUrl: baseUrlOf(provider, sandboxes.get(provider.name)?.address ?? ''),
      keys: drillKeys(provider),
      storedKeys: false,
      local: true,
      simulated: true,
    },
  ])
  return {
    ...config,
    server: { ...config.server, host: '127.0.0.1', port: 0 },
    access: { ...config.access, keys: [] },
    providers: new Map(providers),
  }
}

const baseUrlOf = ({ dialect }: ProviderConfig, address: string) =>
  dialect === 'openai' || dialect === 'responses' ? `${address}/v1` : address
