/** What can go wrong on a game day: each scenario says whom it hits and what becomes of that provider. */

import type { Config, ProviderConfig } from '../../config/config.ts'
import type { RuleInput } from '../../sandbox/rules.ts'

export const scenarioNames = [
  'openai-outage',
  'rate-storm',
  'slow-first-token',
  'stream-cuts',
  'key-revoked',
] as const
export type ScenarioName = (typeof scenarioNames)[number]

export interface Scenario {
  readonly name: ScenarioName
  /** For people; `PROVIDER` stands for the one that is hit. */
  readonly story: string
  /** Only streamed requests meet it. */
  readonly streamed: boolean
  /** What the provider that is hit does; `keys` are those it is called with. */
  rules(keys: readonly string[]): readonly RuleInput[]
}

/** Stream events before a cut: some words of the answer have been said by then. */
const wordsBeforeCut = 20
const limitedForS = 15

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  'openai-outage': {
    name: 'openai-outage',
    story: 'PROVIDER answers every call with 503',
    streamed: false,
    rules: () => [{ status: 503 }],
  },
  'rate-storm': {
    name: 'rate-storm',
    story: `PROVIDER limits every key: 429, back in ${limitedForS} s`,
    streamed: false,
    rules: () => [{ status: 429, headers: { 'retry-after': String(limitedForS) } }],
  },
  'slow-first-token': {
    name: 'slow-first-token',
    story: 'PROVIDER takes every call and says nothing',
    streamed: true,
    rules: () => [{ stall: true }],
  },
  'stream-cuts': {
    name: 'stream-cuts',
    story: `PROVIDER drops every stream after ${wordsBeforeCut} events`,
    streamed: true,
    rules: () => [{ after_events: wordsBeforeCut, break_with: 'reset' }],
  },
  'key-revoked': {
    name: 'key-revoked',
    story: 'the first key of PROVIDER is revoked: 401',
    streamed: false,
    rules: (keys) => [{ match: { key: keys[0] ?? '' }, status: 401 }],
  },
}

/** One run of a scenario: a provider that is hit, and the routes that meet it first. */
export interface Hit {
  readonly scenario: Scenario
  readonly provider: string
  readonly routes: readonly string[]
}

/** A provider is hit where a route tries it first; the outage hits OpenAI where it is configured so. */
export function hitsOf(config: Config, scenario: Scenario): readonly Hit[] {
  const firsts = new Map<string, string[]>()
  for (const [route, { targets }] of config.routes) {
    const provider = targets[0]?.provider
    if (provider === undefined) continue
    const routes = firsts.get(provider) ?? []
    routes.push(route)
    firsts.set(provider, routes)
  }
  const all = [...firsts].map(([provider, routes]): Hit => ({ scenario, provider, routes }))
  const openai = all.filter(({ provider }) => provider === 'openai')
  return scenario.name === 'openai-outage' && openai.length > 0 ? openai : all
}

/** Stand in for the keys of a provider: real ones take no part in a drill. */
export function drillKeys({ keys, keyless }: ProviderConfig): readonly string[] {
  const count = Math.max(keyless ? 0 : 1, keys.length)
  return Array.from({ length: count }, (_, at) => `drill-key-${at + 1}`)
}
