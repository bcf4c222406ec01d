/** The real gateway between a strict caller and a provider on a raw socket; every answer is judged by what the provider sent. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenGateway, openGateway } from '../../src/cli/open-gateway.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { Dialect } from '../../src/protocol/chat.ts'
import type { LedgerEntry } from '../../src/protocol/ledger-entry.ts'
import { openLedgerReader } from '../../src/record/ledger-reader.ts'
import { type Caller, type CallerDialect, openCaller } from './strict-caller.ts'
import { openWall, type Wall } from './wall.ts'

/** Short limits, so that silence is over soon; generous against a busy machine. */
export const shortLimits = {
  timeouts: {
    total_ms: 14_000,
    connect_ms: 2_000,
    first_token_ms: 4_000,
    idle_ms: 3_000,
    response_ms: 4_000,
  },
  attempts: { max: 12, same_try: 2, base_ms: 5, max_ms: 10, patience_ms: 1_500 },
}

export interface ProviderSpec {
  readonly name: string
  readonly dialect: Dialect
  /** `test/who` at the wall, or an address. */
  readonly at: string
  readonly keys?: readonly string[]
  readonly models?: readonly object[]
}

export interface RouteSpec {
  readonly name: string
  /** Providers in order; each with its first model where `models` says no other. */
  readonly providers: readonly string[]
  readonly recovery?: readonly string[]
}

export interface RigSpec {
  readonly providers: readonly ProviderSpec[]
  readonly routes: readonly RouteSpec[]
  /** Other fields of the configuration file. */
  readonly settings?: object
}

export interface Rig {
  readonly wall: Wall
  readonly caller: Caller
  readonly gateway: OpenGateway
  /** Circuit events and attempts so far. */
  readonly topics: readonly { readonly topic: string; readonly payload: unknown }[]
  /** The entry of a request, once it is written. */
  entry(requestId: string): Promise<LedgerEntry | undefined>
  /** All entries, newest first. */
  entries(): readonly LedgerEntry[]
  close(): Promise<void>
}

export const keyOf = (provider: string) => `secret-of-${provider}`

export async function openRig(spec: RigSpec, wall?: Wall): Promise<Rig> {
  const opened = wall ?? (await openWall())
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-faults-'))
  const config = readConfig({ text: JSON.stringify(fileOf(spec, opened)), file: 'faults.yaml', env: {} })
  if (!config.ok) throw new Error(JSON.stringify(config.fault))
  const gateway = await openGateway({ config: config.value, dataDir: dir })
  if (!gateway.ok) throw new Error(gateway.fault)
  const topics: { topic: string; payload: unknown }[] = []
  gateway.value.bus.subscribe(
    ['circuit.tripped', 'circuit.reset', 'api.call.attempt'],
    (event) => void topics.push(event),
  )
  const caller = openCaller()
  const reader = readerOf(dir)
  return {
    wall: opened,
    caller,
    gateway: gateway.value,
    topics,
    async entry(requestId) {
      for (let look = 0; look < 40; look += 1) {
        const found = reader.show(requestId)
        if (found) return found.entry
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      return undefined
    },
    entries: () => reader.list({ limit: 100_000 }),
    async close() {
      await caller.close()
      reader.close()
      await gateway.value.close()
      await opened.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function readerOf(dir: string) {
  const reader = openLedgerReader(dir)
  if (!reader.ok) throw new Error(reader.fault)
  return reader.value
}

function fileOf({ providers, routes, settings }: RigSpec, wall: Wall): object {
  const models = new Map(providers.map((one) => [one.name, one.models ?? ['m']]))
  const nameOf = (model: unknown) =>
    typeof model === 'object' && model !== null && 'name' in model ? model.name : model
  return {
    server: { port: 0 },
    ...shortLimits,
    ...settings,
    providers: Object.fromEntries(
      providers.map(({ name, dialect, at, keys }) => [
        name,
        {
          dialect,
          base_url: at.includes('://') ? at : `${wall.url}/${at}`,
          keys: keys ?? [keyOf(name)],
          models: models.get(name),
          simulated: true,
        },
      ]),
    ),
    routes: Object.fromEntries(
      routes.map(({ name, providers: order, recovery }) => [
        name,
        {
          targets: order.map((provider) => ({ provider, models: (models.get(provider) ?? []).map(nameOf) })),
          ...(recovery ? { streams: { recovery } } : {}),
        },
      ]),
    ),
  }
}

export interface Lane {
  readonly caller: CallerDialect
  readonly provider: Dialect
}

export const lanes: readonly Lane[] = [
  { caller: 'openai', provider: 'openai' },
  { caller: 'openai', provider: 'anthropic' },
  { caller: 'openai', provider: 'gemini' },
  { caller: 'anthropic', provider: 'openai' },
  { caller: 'anthropic', provider: 'anthropic' },
  { caller: 'responses', provider: 'openai' },
  { caller: 'responses', provider: 'gemini' },
]

export const laneName = ({ caller, provider }: Lane) => `${caller}-${provider}`

/** Over providers of Responses: from another dialect, from another with named events, and as it is. */
export const responsesLanes: readonly Lane[] = [
  { caller: 'openai', provider: 'responses' },
  { caller: 'anthropic', provider: 'responses' },
  { caller: 'responses', provider: 'responses' },
]
