import assert from 'node:assert/strict'
import { test } from 'node:test'
import { model, tool, trace, type Wire } from '../../../test/refinery/detector-cases.ts'
import { analyze } from '../analyze.ts'
import { type Analysed, groupIssues } from './group-issues.ts'
import { issuesMarkdown } from './issues-report.ts'

function analysed(traceId: string, atMs: number, ...wires: readonly Wire[]): Analysed {
  const runs = trace(...wires)
  const given = { id: traceId, format: 'langsmith', runs, orphans: [], cycles: [], notes: [] }
  return { traceId, atMs, analysis: analyze(given, { expected: '' }) }
}
const down = tool({ q: 1 }, null, { error: 'connection refused' })
const sorry = model('The search failed, sorry.')
const promise = model("I'll remember that from now on.")
const fine = model('Here it is.')

const traces = [
  analysed('t1', 1_000, down, sorry),
  analysed('t2', 3_000, down, sorry),
  analysed('t3', 2_000, promise, down, sorry),
  analysed('t4', 4_000, fine),
]

test('issues: the same fault of the same agent is one issue, counted once a trace', () => {
  const issues = groupIssues(traces)
  assert.deepEqual(
    issues.map(({ category, agent, traces: count, origins }) => [category, agent, count, origins]),
    [
      ['tool_failure', 'Search', 3, 2],
      ['broken_promise', 'Planner', 1, 1],
    ],
  )
})

test('issues: shares have Wilson’s interval, and times are the first and the last', () => {
  const [issue] = groupIssues(traces)
  assert.ok(issue)
  assert.equal(issue.share, 0.75)
  // 3 of 4: 0.3006 to 0.9544 (Wilson 1927).
  assert.ok(
    Math.abs(issue.low - 0.3006) < 5e-4 && Math.abs(issue.high - 0.9544) < 5e-4,
    `${issue.low} ${issue.high}`,
  )
  assert.deepEqual([issue.firstSeenMs, issue.lastSeenMs], [1_000, 3_000])
  assert.deepEqual(
    issue.examples.map(({ traceId }) => traceId),
    ['t1', 't2', 't3'],
  )
})

test('issues: nothing found is a result', () => {
  const only = traces.slice(3)
  assert.deepEqual(groupIssues(only), [])
  assert.match(issuesMarkdown({ traces: 1, clean: 1, issues: [], unread: [] }), /no failure was found/)
})

test('issues: the report names the one most worth fixing', () => {
  const report = issuesMarkdown({
    traces: 4,
    clean: 1,
    issues: groupIssues(traces),
    unread: [{ traceId: 't5', why: 'it is empty' }],
  })
  assert.match(
    report,
    /Most worth fixing: \*\*a tool or service failed\*\* at Search, in 3 of 4 traces \(75 %, 30 to 95 %\)/,
  )
  assert.match(report, /t5 could not be read: it is empty/)
})
