import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, model, tool, trace, type Wire } from '../../../test/refinery/detector-cases.ts'
import { toSteps } from '../step.ts'
import { compareTraces } from './compare-traces.ts'

const told = (system: string, said: string): Wire =>
  model(said, { inputs: { messages: [{ role: 'system', content: system }] } })

/** Each difference as its kind and the steps it names: good, failed. */
const rows: readonly (readonly [
  name: string,
  good: readonly Wire[],
  failed: readonly Wire[],
  expected: readonly string[],
])[] = [
  ['the same', [model('a'), tool({ q: 1 }, items)], [model('a'), tool({ q: 1 }, items)], []],
  ['another answer', [model('a')], [model('b')], ['said 2 2']],
  ['other instructions', [told('S', 'a')], [told('T', 'a')], ['instructions 2 2']],
  ['a failure', [tool({ q: 1 }, items)], [tool({ q: 1 }, items, { error: 'down' })], ['status 2 2']],
  [
    'a step that is missing',
    [model('a'), tool({ q: 1 }, items), model('b')],
    [model('a'), model('b')],
    ['missing 3 -'],
  ],
  ['a step too many', [model('a')], [model('a'), tool({ q: 1 }, items)], ['extra - 3']],
  [
    'what comes after a missing step is aligned again',
    [model('a'), tool({ q: 1 }, items), model('b'), tool({ q: 2 }, items)],
    [model('a'), model('c'), tool({ q: 2 }, items)],
    ['missing 3 -', 'said 4 3'],
  ],
]
for (const [name, good, failed, expected] of rows)
  test(`compare: ${name}`, () => {
    const side = (wires: readonly Wire[], traceId: string) => ({ traceId, steps: toSteps(trace(...wires)) })
    const { differences, aligned } = compareTraces(side(good, 'good'), side(failed, 'failed'))
    assert.deepEqual(
      differences.map((one) => `${one.kind} ${one.good?.step ?? '-'} ${one.failed?.step ?? '-'}`),
      expected,
    )
    assert.ok(aligned >= 1)
  })
