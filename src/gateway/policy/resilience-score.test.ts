import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryConfig } from '../../config/memory-config.ts'
import { configSchema } from '../../config/schema.ts'
import { scoreResilience } from './resilience-score.ts'

const { score } = memoryConfig(configSchema.parse({}))
const free = { ...score, callFailure: 0 }

const rows: readonly [name: string, topics: readonly string[], isAnswered: boolean, expected: number][] = [
  ['nothing happened', ['api.call.success'], true, 1],
  ['one failed call and another key', ['api.call.failure', 'api.key.rotation'], true, 0.75],
  ['another model, then another provider', ['model.failover', 'provider.failover'], true, 0.75],
  [
    'a rewrite counts where it helped',
    ['prompt.humanization.attempt', 'prompt.humanization.success'],
    true,
    0.9,
  ],
  ['a circuit opened', ['circuit.tripped'], true, 0.75],
  ['each happening counts', ['api.call.failure', 'api.call.failure', 'api.call.failure'], true, 0.4],
  ['never below 0', Array.from({ length: 9 }, () => 'api.call.failure'), true, 0],
  ['without an answer at most half', [], false, 0.5],
  ['every target failed', ['api.call.failure', 'all.providers.failed'], false, 0.3],
]
for (const [name, topics, isAnswered, expected] of rows)
  test(`resilience score: ${name}`, () => assert.equal(scoreResilience(topics, isAnswered, score), expected))

test('resilience score: the numbers are the configuration’s', () =>
  assert.equal(scoreResilience(['api.call.failure', 'model.failover'], true, free), 0.9))
