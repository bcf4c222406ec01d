/** What goes wrong in the demo, and when: which provider is broken in which way at which share of the run. */

import type { RuleInput } from '../../sandbox/rules.ts'

/** In the order in which the gateway tries them. */
export const providerNames = ['first', 'second', 'third'] as const
export type ProviderName = (typeof providerNames)[number]

export type Condition = 'healthy' | 'overloaded' | 'limited' | 'stalled' | 'cut'

/** How each condition is told, and the sandbox rules that bring it about. */
export const conditions: Readonly<
  Record<Condition, { readonly says: string; readonly rules: readonly RuleInput[] }>
> = {
  healthy: { says: 'healthy', rules: [] },
  overloaded: { says: 'answers 503', rules: [{ status: 503 }] },
  limited: { says: 'answers 429 to all keys', rules: [{ status: 429, headers: { 'retry-after': '1' } }] },
  stalled: { says: 'never answers', rules: [{ stall: true }] },
  cut: { says: 'cuts its answers', rules: [{ after_events: 4, break_with: 'cut' }] },
}

export interface Scene {
  /** When it begins, as a share of the run. */
  readonly fromShare: number
  readonly says: string
  readonly now: Readonly<Record<ProviderName, Condition>>
}

const scene = (
  fromShare: number,
  says: string,
  broken: Readonly<Partial<Record<ProviderName, Condition>>>,
): Scene => ({ fromShare, says, now: { first: 'healthy', second: 'healthy', third: 'healthy', ...broken } })

export const scenes: readonly Scene[] = [
  scene(0, 'all three providers are healthy', {}),
  scene(0.1, 'first answers 503', { first: 'overloaded' }),
  scene(0.25, 'second answers 429 to all its keys, too', { first: 'overloaded', second: 'limited' }),
  scene(0.42, 'first is back, second is still limited', { second: 'limited' }),
  scene(0.54, 'second is back, first never answers', { first: 'stalled' }),
  scene(0.68, 'second cuts its answers, too', { first: 'stalled', second: 'cut' }),
  scene(0.84, 'all have healed', {}),
]

/** The scene at a share of the run, from 0 to 1. */
export function sceneAt(share: number): Scene {
  return scenes.findLast(({ fromShare }) => fromShare <= share) ?? scene(0, '', {})
}
