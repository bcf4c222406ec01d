import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
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

const failures = new URL('../../../shared/data/failures/', import.meta.url).pathname
const labelled = existsSync(failures) ? {} : { skip: 'the labelled failures are not on this machine' }
const plainWords =
  /^(assistant|user|human|agent|planner|validator|critic|search|tool|web ?surfer|file ?surfer|coder|websearch)$/i

/** Agents, tools, questions, faults and file names of the labelled sets. */
function namesOfTheSets(): ReadonlySet<string> {
  const names = new Set<string>()
  const add = (value: unknown) => {
    if (typeof value === 'string' && value.length >= 5 && !plainWords.test(value)) names.add(value)
  }
  for (const file of globSync(`${failures}who-and-when/*/*.json`)) {
    const given = JSON.parse(readFileSync(file, 'utf8'))
    for (const value of [given.question_ID, given.question, given.mistake_agent, given.ground_truth])
      add(value)
    for (const { name, role } of given.history) for (const value of [name, role]) add(value)
  }
  for (const file of globSync(`${failures}mas-sim/*.otel.json`)) {
    const text = readFileSync(file, 'utf8')
    for (const [, value] of text.matchAll(
      /"(?:tool\.name|tool_name|agent\.name|gen_ai\.agent\.name|fault\.\w+|fault_name|fault_type|injection_node|task_id)":\s*"([^"]+)"/g,
    ))
      add(value)
    add(file.split('/').at(-1)?.split('.')[0])
    add(JSON.parse(readFileSync(file.replace('.otel.json', '.ground_truth.json'), 'utf8')).fault_mode)
  }
  return names
}

test(
  'labels: no rule, weight or prompt names an agent, a tool, a question or a fault of the sets',
  labelled,
  () => {
    const names = namesOfTheSets()
    assert.ok(names.size > 200, `${names.size} names`)
    const sources = globSync('src/refinery/**/*.ts', { cwd: new URL('../..', import.meta.url).pathname })
    const text = sources
      .filter((path) => !path.endsWith('.test.ts'))
      .map((path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
      .join('\n')
    assert.deepEqual(
      [...names].filter((name) => text.includes(name)),
      [],
    )
  },
)

const frameworks = new URL('../../../shared/data/traces/frameworks/', import.meta.url).pathname
const there = existsSync(frameworks) ? {} : { skip: 'the traces are not on this machine' }
test('analysis: real traces of frameworks that went well are not said to have failed', there, (t) => {
  const files = globSync(`${frameworks}*.trace.json`)
  const claimed = files.flatMap((file) => {
    const trace = readTrace(readFileSync(file, 'utf8'))
    assert.ok(trace.ok, file)
    const { outcome, summary } = analyze(trace.value, { expected: '' })
    return outcome === 'no_failure_found' ? [] : [summary]
  })
  t.diagnostic(`${files.length} traces, ${claimed.length} said to have failed`)
  assert.ok(files.length >= 10)
  assert.deepEqual(claimed, [])
})
