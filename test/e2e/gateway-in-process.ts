/** The gateway and its providers in this process, on free ports, for tests with real clients. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { LedgerEntry } from '../../src/protocol/ledger-entry.ts'
import { openLedgerReader } from '../../src/record/ledger-reader.ts'
import type { Answerer } from '../../src/sandbox/answerer.ts'
import type { RuleInput } from '../../src/sandbox/rules.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'

export type SandboxDialect = 'openai' | 'anthropic' | 'gemini'

export interface ProviderPlan {
  readonly dialect: SandboxDialect
  readonly rules?: readonly RuleInput[]
  readonly models?: readonly string[]
  readonly keys?: readonly string[]
  readonly answerer?: Answerer
  readonly tokenDelayMs?: number
  /** Of every model, USD per million tokens in and out. */
  readonly price?: string
  /** More fields of the provider, as YAML: `max_embedding_inputs: 2`. */
  readonly yaml?: string
}

export interface Served {
  readonly url: string
  readonly sandboxes: readonly Sandbox[]
  /** Newest first. */
  ledger(): Promise<readonly LedgerEntry[]>
  running(): number
  close(): Promise<void>
}

const paths: Readonly<Record<SandboxDialect, string>> = { openai: '/v1', anthropic: '', gemini: '/v1beta' }

/** Providers `p0`, `p1`, ... stand in the route `chat` in this order; `more` is YAML of the other sections. */
export async function serveInProcess(
  plans: readonly ProviderPlan[],
  more = 'attempts: { base_ms: 1, max_ms: 5 }',
): Promise<Served> {
  const sandboxes = await Promise.all(
    plans.map(({ rules = [], answerer, tokenDelayMs }) =>
      startSandbox({
        inbound: inboundAdapters,
        clock: systemClock,
        file: { token_delay_ms: tokenDelayMs ?? 0 },
        ...(answerer ? { answerer } : {}),
      }).then((sandbox) => {
        sandbox.setRules(rules)
        return sandbox
      }),
    ),
  )
  const text = [
    ...(more.includes('server:') ? [] : ['server: { port: 0 }']),
    'providers:',
    ...plans.map(({ dialect, models = ['m'], keys = ['k1'], price, yaml }, at) => {
      const url = `${sandboxes[at]?.address}${paths[dialect]}`
      const extra = yaml ? `, ${yaml}` : ''
      return `  p${at}: { dialect: ${dialect}, base_url: "${url}", keys: [${keys}], models: [${models.map((name) => declared(name, price))}], simulated: true${extra} }`
    }),
    'routes:',
    '  chat:',
    '    targets:',
    ...plans.map(({ models = ['m'] }, at) => `      - { provider: p${at}, models: [${models}] }`),
    more,
  ].join('\n')
  const config = readConfig({ text, file: 'test.yaml', env: {} })
  if (!config.ok) throw new Error(config.fault.map(({ field, message }) => `${field}: ${message}`).join('; '))
  const dataDir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  const opened = await openGateway({ config: config.value, dataDir })
  if (!opened.ok) throw new Error(opened.fault)
  return {
    url: opened.value.address,
    sandboxes,
    running: opened.value.running,
    async ledger() {
      await opened.value.settled()
      return readLedger(dataDir)
    },
    async close() {
      await opened.value.close()
      for (const sandbox of sandboxes) await sandbox.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const declared = (name: string, price: string | undefined) =>
  price === undefined ? name : `{ name: ${name}, input_price: "${price}", output_price: "${price}" }`

function readLedger(dataDir: string): readonly LedgerEntry[] {
  const reader = openLedgerReader(dataDir)
  if (!reader.ok) throw new Error(reader.fault)
  try {
    return reader.value.list({ limit: 100 })
  } finally {
    reader.value.close()
  }
}
