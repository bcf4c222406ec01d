import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { openRunStore } from '../../src/record/runs/run-store.ts'
import { syntheticTrace } from '../../src/sandbox/traces/synthetic-trace.ts'
import { childEnvironment } from '../child-environment.ts'

const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'analyze-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** No key, no proxy, nothing but where programs are. */
function cli(...args: readonly string[]) {
  const startedAtMs = performance.now()
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'cli', '--', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...childEnvironment, HOME: folder },
  })
  return { status, out: stdout, err: stderr, tookMs: performance.now() - startedAtMs }
}

const demo = join(root, '../shared/data/traces/refinery/demo_trace.json')
const options = existsSync(demo) ? {} : { skip: 'the traces are not on this machine' }
const expected = 'The agent should start the cancellation and explain the refund'

test(
  'analyze: the demo trace, by the command that a person types, without any key, in under 5 s',
  options,
  (t) => {
    const { status, out, err, tookMs } = cli('analyze', demo, '--expected', expected, '--json')
    assert.equal(status, 0, err)
    const report = JSON.parse(out)
    assert.equal(report.coverage.completion_percentage, 100)
    assert.equal(report.method, 'deterministic')
    assert.equal(report.origin.run_id, 'run-002')
    const run = JSON.parse(readFileSync(demo, 'utf8')).runs.find(({ id }: { id: string }) => id === 'run-002')
    const texts = run.inputs.messages.map(({ content }: { content: string }) => content)
    assert.ok(
      texts.some((text: string) => text.includes(report.origin.quote)),
      report.origin.quote,
    )
    assert.match(report.remediations[0].action, /^Add a choice for requests like "I need to cancel/)
    const others = report.findings.filter(
      ({ evidence }: { evidence: { run_id: string } }) => evidence.run_id !== 'run-002',
    )
    assert.ok(others.length > 0 && others.every(({ part }: { part: string }) => part === 'symptom'))
    assert.deepEqual(
      report.gaps.map(({ status: is, run_id: at }: { status: string; run_id: string }) => [is, at]),
      [
        ['missing', 'run-004'],
        ['missing', 'run-004'],
      ],
    )
    t.diagnostic(`${Math.round(tookMs)} ms`)
    assert.ok(tookMs < 5_000, `${tookMs} ms`)
  },
)

test(
  'analyze: evaluation cases of files are held against the answer, and a pattern that names none is told',
  options,
  () => {
    const cases = join(folder, 'evals')
    mkdirSync(cases)
    const input = JSON.parse(readFileSync(demo, 'utf8')).runs[0].inputs
    writeFileSync(join(cases, 'a.json'), JSON.stringify({ input, expected: 'Your cancellation was begun' }))
    writeFileSync(join(cases, 'b.json'), JSON.stringify({ input: 'Say hello', expected: 'Hello' }))
    const { status, out, err } = cli('analyze', demo, '--evals', join(cases, '*.json'), '--json')
    assert.equal(status, 0, err)
    const { gaps, notes } = JSON.parse(out)
    assert.equal(gaps.length, 1)
    assert.match(gaps[0].clause, /a\.json: Your cancellation was begun$/)
    assert.equal(gaps[0].status, 'missing')
    assert.match(notes.join(), /Read 2 evaluation cases; 1 of them about this request/)
    for (const option of ['--evals', '--prompts']) {
      const none = cli('analyze', demo, option, join(cases, '*.csv'), '--pack', join(folder, 'none.yaml'))
      assert.equal(none.status, 1)
      assert.match(none.err, new RegExp(`${option}: no file is named by`))
    }
  },
)

test('analyze: beside a good trace, where they part is told', options, () => {
  const text = readFileSync(demo, 'utf8').replaceAll('account_issue]', 'account_issue, cancellation]')
  const good = join(folder, 'good.json')
  writeFileSync(good, text.replaceAll('"general_inquiry"', '"cancellation"'))
  const { status, out, err } = cli('analyze', demo, '--compare', good, '--json')
  assert.equal(status, 0, err)
  const { comparison } = JSON.parse(out)
  assert.equal(comparison.aligned, 5)
  assert.deepEqual(
    comparison.differences
      .slice(0, 2)
      .map(({ kind, failed: { run_id: at } }: { kind: string; failed: { run_id: string } }) => [kind, at]),
    [
      ['instructions', 'run-002'],
      ['said', 'run-002'],
    ],
  )
})

test('analyze: a folder of traces gives issues with counts and intervals', () => {
  const traces = join(folder, 'traces')
  mkdirSync(traces)
  const plants = ['broken-promise', 'broken-promise', 'broken-promise', 'tool-failure', undefined]
  for (const [at, plant] of plants.entries()) {
    const made = syntheticTrace({ runs: 14, seed: at + 1, ...(plant ? { plant } : {}) })
    writeFileSync(join(traces, `t${at}.json`), JSON.stringify(made?.trace))
  }
  writeFileSync(join(traces, 'broken.json'), '{"runs": [')
  const { status, out, err } = cli('analyze', traces, '--json')
  assert.equal(status, 0, err)
  const report = JSON.parse(out)
  assert.deepEqual([report.traces, report.clean, report.issues.length], [5, 1, 2])
  const [first] = report.issues
  assert.deepEqual([first.category, first.traces, first.share], ['broken_promise', 3, 0.6])
  assert.ok(first.low > 0.22 && first.low < 0.24 && first.high > 0.87 && first.high < 0.89)
  assert.deepEqual(
    report.unread.map(({ trace_id: id }: { trace_id: string }) => id),
    ['broken.json'],
  )
})

test('analyze: stored traces that failed are listed, analysed one by one, and together', async () => {
  const data = join(folder, 'data')
  mkdirSync(data)
  const store = openRunStore({
    dir: data,
    keeping: { payloads: { previews: 'redacted', textCharacters: 10_000 } },
    tellsRuns: false,
    clock: systemClock,
    onProblem: () => {},
  })
  for (const [at, plant] of ['tool-failure', 'tool-failure', undefined].entries()) {
    const made = syntheticTrace({ runs: 7, seed: at + 1, ...(plant ? { plant } : {}) })
    assert.ok(made)
    const { runs: post, project_name: project } = made.trace as { runs: object[]; project_name: string }
    const bytes = Buffer.from(
      JSON.stringify({ post: post.map((run) => ({ ...run, session_name: project })) }),
    )
    const body = { format: 'langsmith_batch' as const, bytes, contentType: 'application/json', encoding: '' }
    assert.ok((await store.ask({ kind: 'ingest', tenant: 'default', body })).ok)
  }
  await store.close()
  const listed = cli('list-failures', '--data', data, '--json')
  assert.equal(listed.status, 0, listed.err)
  const failures = JSON.parse(listed.out)
  assert.deepEqual(
    failures.map(({ traceId, errors, project }: { traceId: string; errors: number; project: string }) => [
      traceId,
      errors,
      project,
    ]),
    [
      ['synthetic-7-2', 1, 'synthetic'],
      ['synthetic-7-1', 1, 'synthetic'],
    ],
  )
  assert.match(cli('list-failures', '--data', data).out, /synthetic-7-1.*1 of 7.*connection refused/)
  assert.match(cli('list-failures', '--data', data, '--project', 'other').out, /No trace failed/)
  const one = cli('analyze', '--data', data, '--trace-id', 'synthetic-7-1', '--json')
  assert.equal(JSON.parse(one.out).findings[0].detector, 'tool-failure')
  const all = cli('analyze', '--data', data, '--failed', '--project', 'synthetic', '--json')
  assert.equal(all.status, 0, all.err)
  const { traces, issues } = JSON.parse(all.out)
  assert.equal(traces, 2)
  for (const { category, first_seen_ms: seen } of issues)
    assert.deepEqual([category, seen > 0], ['tool_failure', true])
})

const misuse: readonly (readonly [name: string, args: readonly string[], status: number, says: RegExp])[] = [
  ['no trace', ['analyze'], 1, /name a trace/],
  ['a file that is not there', ['analyze', '/no/such.json'], 1, /cannot read \/no\/such.json/],
  ['an age that is none', ['list-failures', '--since', 'soon'], 2, /--since takes an age/],
  ['a form that is none', ['analyze', 'x.json', '--format', 'pdf'], 2, /--format must be one of/],
  [
    'a stored trace that is not there',
    ['analyze', '--trace-id', 'x', '--data', '/no/such'],
    1,
    /no traces yet/,
  ],
]
for (const [name, args, status, says] of misuse)
  test(`analyze: ${name} is told`, () => {
    const ran = cli(...args)
    assert.equal(ran.status, status)
    assert.match(ran.err, says)
  })
