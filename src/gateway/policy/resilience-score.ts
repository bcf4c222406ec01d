/** How smoothly a request went, 0 to 1: start at 1 and subtract once for each happening. */

const penalties: Readonly<Record<string, number>> = {
  'prompt.humanization.success': 0.1,
  'api.call.failure': 0.2,
  'api.key.rotation': 0.05,
  'model.failover': 0.1,
  'provider.failover': 0.15,
  'circuit.tripped': 0.25,
  'all.providers.failed': 0.5,
}

/** The most a request without an answer can score. */
const unansweredMost = 0.5

export function scoreResilience(topics: readonly string[], isAnswered: boolean): number {
  const lost = topics.reduce((sum, topic) => sum + (penalties[topic] ?? 0), 0)
  const score = Math.max(0, Math.min(isAnswered ? 1 : unansweredMost, 1 - lost))
  return Math.round(score * 10_000) / 10_000
}
