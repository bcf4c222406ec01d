import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { strippedConversation, strippedSpans } from '../../bench/detectors/labelled.ts'
import { analyze } from '../../src/refinery/analyze.ts'
import { readTrace } from '../../src/refinery/import/read-trace.ts'

test('labels: nothing but name, role and content of a conversation is left', () => {
  const stripped = strippedConversation({
    history: [{ role: 'user', name: 'A', content: 'x', mistake: true }],
    ...{ mistake_agent: 'A', mistake_step: '0', ground_truth: '8' },
  })
  assert.deepEqual(stripped, [{ role: 'user', name: 'A', content: 'x' }])
})

test('labels: metadata of task and experiment, injected faults, ids and names of files are gone from spans', () => {
  const stripped = strippedSpans({
    spans: [
      {
        name: 'agent',
        attributes: {
          'task.expected_result': '8',
          'experiment.step_index': 3,
          'run.status': 'FAILED',
          'tool.name': 'T',
        },
        events: [{ name: 'fault.injected' }, { name: 'exception' }],
      },
    ],
    ...{ task_metadata: { injection_node: 'T' }, run_id: 'q01', task_id: 'q01' },
  })
  assert.deepEqual(stripped, {
    spans: [{ name: 'agent', attributes: { 'tool.name': 'T' }, events: [{ name: 'exception' }] }],
  })
})

const demo = new URL('../../../shared/data/traces/refinery/demo_trace.json', import.meta.url)
const options = existsSync(demo) ? {} : { skip: 'the traces are not on this machine' }
test('the demo trace: the classifier without an intent for cancelling is the origin', options, () => {
  const text = readFileSync(demo, 'utf8')
  const trace = readTrace(text)
  assert.ok(trace.ok)
  const analysis = analyze(trace.value, {
    expected: 'The agent should start the cancellation and explain the refund',
  })
  assert.equal(analysis.coverage.completionPercentage, 100)
  assert.equal(analysis.origin?.runId, 'run-002')
  assert.equal(analysis.method, 'deterministic')
  const run = JSON.parse(text).runs.find(({ id }: { readonly id: string }) => id === 'run-002')
  assert.ok(run.inputs.messages[0].content.includes(analysis.origin?.quote ?? '-'))
  assert.ok(analysis.remediations.length > 0)
  assert.deepEqual(
    analysis.gaps.map(({ status }) => status),
    ['missing', 'missing'],
  )
})
