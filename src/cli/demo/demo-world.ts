/** Three simulated providers and the gateway before them, in this process, on free ports. */

import { systemClock } from '../../base/clock.ts'
import { done, type Outcome } from '../../base/outcome.ts'
import type { Bus } from '../../record/bus.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { inboundAdapters } from '../adapters.ts'
import { openGateway } from '../open-gateway.ts'
import { demoConfig } from './demo-config.ts'
import { conditions, type ProviderName, providerNames, type Scene } from './scenes.ts'

export interface DemoWorld {
  /** Of the gateway. */
  readonly address: string
  /** Of the provider that the gateway tries first. */
  readonly firstAddress: string
  readonly bus: Bus
  /** Breaks and heals the providers as the scene says, from the next call on. */
  play(scene: Scene): void
  close(): Promise<void>
}

export async function openDemoWorld(dataDir: string, seconds: number): Promise<Outcome<DemoWorld, string>> {
  const start = () => startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const sandboxes: Readonly<Record<ProviderName, Sandbox>> = {
    first: await start(),
    second: await start(),
    third: await start(),
  }
  const closeAll = async () => {
    for (const name of providerNames) await sandboxes[name].close()
  }
  const { first, second, third } = sandboxes
  const addresses = { first: first.address, second: second.address, third: third.address }
  const gateway = await openGateway({ config: demoConfig(addresses, seconds), dataDir })
  if (!gateway.ok) {
    await closeAll()
    return gateway
  }
  return done({
    address: gateway.value.address,
    firstAddress: first.address,
    bus: gateway.value.bus,
    play(scene) {
      for (const name of providerNames) sandboxes[name].setRules(conditions[scene.now[name]].rules)
    },
    async close() {
      await gateway.value.close()
      await closeAll()
    },
  })
}
