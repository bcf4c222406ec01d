import assert from 'node:assert/strict'
import { test } from 'node:test'
import { analyze } from './analyze.ts'
import { clausesOf } from './expectation.ts'
import { readTrace } from './import/read-trace.ts'
import { htmlReport } from './report/html.ts'
import { markdownReport } from './report/markdown.ts'

const read = (value: unknown) => {
  const trace = readTrace(JSON.stringify(value))
  if (!trace.ok) throw new Error(trace.fault)
  return trace.value
}

test('analysis: an empty trace says so and finds nothing', () => {
  const analysis = analyze(read({ trace_id: 't', runs: [] }), { expected: 'A refund' })
  assert.equal(analysis.outcome, 'no_failure_found')
  assert.match(analysis.summary, /empty/)
})

test('analysis: no failure found is a result', () => {
  const analysis = analyze(
    read([
      { role: 'user', content: 'Say hello' },
      { role: 'assistant', content: 'Hello' },
    ]),
    {
      expected: '',
    },
  )
  assert.equal(analysis.outcome, 'no_failure_found')
  assert.equal(analysis.origin, undefined)
})

test('analysis: the memory case is a prompt issue that names the missing instruction', () => {
  const analysis = analyze(
    read([
      { role: 'system', content: 'You answer questions on portfolios.' },
      { role: 'user', content: 'Exclude cash sweep redemptions from now on.' },
      { role: 'assistant', content: "Of course. I'll exclude cash sweep redemptions from now on." },
    ]),
    { expected: 'The agent should say that it has no memory' },
  )
  assert.equal(analysis.failureType, 'prompt_issue')
  assert.match(analysis.origin?.quote ?? '', /from now on/)
  assert.match(analysis.remediations[0]?.action ?? '', /instructions.*no memory/)
})

test('analysis: markup in a trace stays text in the report', () => {
  const analysis = analyze(
    read([
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'Assuming <script>alert(1)</script>' },
    ]),
    { expected: '' },
  )
  const html = htmlReport(analysis)
  assert.ok(!html.includes('<script>'))
  assert.ok(html.includes('&lt;script&gt;'))
})

test('analysis: mail addresses of a trace do not reach the report', () => {
  const analysis = analyze(
    read([
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'Assuming jane.roe@example.com' },
    ]),
    { expected: 'y' },
  )
  assert.ok(
    !(markdownReport(analysis) + htmlReport(analysis) + JSON.stringify(analysis)).includes('jane.roe'),
  )
})

test('analysis: orphans and cycles are told', () => {
  const run = (id: string, parent: string) => ({
    id,
    name: id,
    run_type: 'chain',
    trace_id: 't',
    parent_run_id: parent,
    inputs: {},
  })
  const { notes, coverage } = analyze(read({ runs: [run('a', 'b'), run('b', 'a'), run('c', 'nowhere')] }), {
    expected: '',
  })
  assert.equal(coverage.runsTotal, 3)
  assert.match(notes.join(), /missing of 1 runs: c/)
  assert.match(notes.join(), /own ancestors/)
})

const clauses: readonly (readonly [string, readonly string[]])[] = [
  [
    'The agent should start the cancellation and explain the refund',
    ['The agent should start the cancellation', 'explain the refund'],
  ],
  ['Ask first, then answer. Never guess', ['Ask first', 'answer', 'Never guess']],
  ['', []],
]
for (const [text, expected] of clauses)
  test(`expectation: "${text}" has ${expected.length} clauses`, () =>
    assert.deepEqual(clausesOf(text), expected))

test('analysis: a hint alone claims nothing, unless what was expected did not come out', () => {
  const hinting = read([
    { role: 'user', content: 'What does it cost?' },
    { role: 'assistant', content: 'Assuming that it is new, forty.' },
  ])
  const quiet = analyze(hinting, { expected: '' })
  assert.equal(quiet.outcome, 'no_failure_found')
  assert.match(quiet.summary, /^No failure was found in 2 steps\. Worth a look: .* assumption/)
  const asked = analyze(hinting, { expected: 'The catalogue price is looked up' })
  assert.equal(asked.outcome, 'failure_found')
  assert.equal(asked.origin?.step, 2)
})

test('analysis: an expectation that came to nothing without any sign says so', () => {
  const { outcome, summary, origin } = analyze(
    read([
      { role: 'user', content: 'Say hello' },
      { role: 'assistant', content: 'Hello' },
    ]),
    { expected: 'The weather is told' },
  )
  assert.deepEqual([outcome, origin], ['failure_found', undefined])
  assert.match(summary, /did not come out, and no rule says why/)
})
