/** The demo's last word: what callers met with the gateway and without it, and where to look. */

import { relative } from 'node:path'
import type { DemoView } from './screen.ts'

export interface DemoResult extends DemoView {
  readonly seconds: number
  readonly rate: number
}

export function reportText(result: DemoResult, dataDir: string): string {
  const { through, direct, gateway } = result
  const { key, provider } = gateway.failovers
  const near = relative(process.cwd(), dataDir)
  const data = near.startsWith('..') ? dataDir : near
  const lines = [
    '',
    `${through.sent} requests through the gateway: ${through.answered} answered, ${through.failed} failed for the caller.`,
    `${direct.sent} equal requests to the first provider alone: ${direct.failed} failed.`,
    `The gateway changed the key ${key} times and the provider ${provider} times; ` +
      `${gateway.beganElsewhere} requests began with another provider while the first one's circuit was open. ` +
      `${gateway.recovered} streams broke after their first words and were finished by another provider.`,
    ...through.reasons.map((reason) => `A caller was told: ${reason}`),
    '',
    'The providers were simulated, and every answer said so (x-adaptive-simulated). Look at what happened:',
    `  npm run --silent cli -- ledger list --data ${data}`,
    `  npm run --silent cli -- ledger show ID --data ${data}`,
  ]
  return lines.join('\n')
}
