/** How smoothly a request went, 0 to 1: start at 1 and subtract once for each happening. */

import type { ScoreConfig } from '../../config/config.ts'

/** Which number of the configuration a topic takes away. */
const costOf: Readonly<Record<string, keyof ScoreConfig>> = {
  'prompt.humanization.success': 'rewrite',
  'api.call.failure': 'callFailure',
  'api.key.rotation': 'keyRotation',
  'model.failover': 'modelFailover',
  'provider.failover': 'providerFailover',
  'circuit.tripped': 'breakerTripped',
  'all.providers.failed': 'allFailed',
}

/** With 4 places. */
export function scoreResilience(topics: readonly string[], isAnswered: boolean, score: ScoreConfig): number {
  const lost = topics.reduce((sum, topic) => {
    const name = costOf[topic]
    return name === undefined ? sum : sum + score[name]
  }, 0)
  const left = Math.max(0, Math.min(isAnswered ? 1 : score.unansweredMost, 1 - lost))
  return Math.round(left * 10_000) / 10_000
}
