import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstFitDecreasing } from '../../src/gateway/limits/scheduler/pack.ts'
import { loadOf } from '../../src/gateway/limits/scheduler/token-scheduler.ts'
import { readTrace } from '../../src/refinery/import/read-trace.ts'
import { htmlReport } from '../../src/refinery/report/html.ts'
import { markdownReport } from '../../src/refinery/report/markdown.ts'
import type { StageCache } from '../../src/refinery/stages/stage-desk.ts'
import { type AnalysisWorld, fullestMinute, openAnalysisWorld } from './analysis-world.ts'
import { longTrace, originOf } from './long-trace.ts'
import { createStageMemory } from './stage-memory.ts'

const expected = 'The agent should say that it has no memory of preferences, and list the transactions'

for (const runs of [7, 14, 35])
  test(`stages: ${runs} runs are covered by their ids, without a 429, and the memory case is found`, async () => {
    const world = openAnalysisWorld()
    const { analysis } = await world.run(longTrace({ runs }), expected)
    assert.equal(analysis.coverage.completionPercentage, 100)
    assert.equal(analysis.coverage.runsAnalyzed, runs)
    assert.deepEqual(analysis.coverage.leftOut, [])
    assert.equal(analysis.method, 'simulated')
    assert.equal(analysis.failureType, 'prompt_issue')
    assert.match(analysis.rootCause ?? '', /missing instruction on memory/)
    assert.equal(analysis.origin?.runId, originOf({ runs }))
    assert.match(analysis.origin?.quote ?? '', /I'll exclude cash sweep redemption from now on/)
    assert.equal(analysis.citations.struckOut, 0)
    assert.ok(world.calls.every(({ status }) => status === 200))
    assert.ok(fullestMinute(world.calls) <= 30_000)
    const asked = `Simulated model: sandbox/analyst. ${world.calls.length} calls, `
    assert.ok(markdownReport(analysis).split('\n## ')[0]?.includes(asked))
    assert.ok(htmlReport(analysis).split('<section>')[0]?.includes(asked))
  })

const forgetful: StageCache = { get: async () => undefined, put: async () => {} }

test('stages: 35 runs under 30,000 tokens a minute end as announced, within a call of the packing', async () => {
  const callMs = 12_000
  const world = openAnalysisWorld({ callMs, cache: forgetful })
  await world.run(longTrace({ runs: 35, seed: 1 }), expected)
  // What calls are like is known from here on.
  await world.advance(120_000)
  const before = world.calls.length
  const { ready, tookMs, analysis } = await world.run(longTrace({ runs: 35, seed: 2 }), expected)
  const calls = world.calls.slice(before)
  assert.equal(analysis.coverage.completionPercentage, 100)
  assert.ok(calls.every(({ status }) => status === 200))
  assert.ok(fullestMinute(calls) <= 30_000)
  const stage1 = calls.filter(({ stage }) => stage === 'trace_analysis')
  const pieces = stage1.map(({ tokens }, at) => ({ id: `${at}`, load: loadOf(tokens, 0) }))
  const bins = firstFitDecreasing(pieces, { tokens: 28_000 }).length
  const lastStartMs = Math.max(...stage1.map(({ atMs }) => atMs)) - (calls[0]?.atMs ?? 0)
  // A minute and the margin of a second for each bin behind the first, and one call.
  assert.ok(lastStartMs + callMs <= 61_000 * (bins - 1) + callMs, `${lastStartMs} in ${bins} bins`)
  assert.ok(Math.abs(ready.plan.endsInMs - tookMs) <= 0.15 * tookMs, `${ready.plan.endsInMs} for ${tookMs}`)
  assert.ok(ready.plan.lowerBoundMs <= tookMs)
  assert.ok(tookMs < 247_000)
})

const seen = ({ calls }: AnalysisWorld) => calls.map(({ stage }) => stage)

test('stages: an answer that is cut is asked for again with twice the room, once', async () => {
  const limits: unknown[] = []
  const world = openAnalysisWorld({
    tamper(said, { body, stage }) {
      if (stage === 'trace_analysis') limits.push(body['max_tokens'])
      return stage === 'trace_analysis' && limits.length === 1 ? said.slice(0, 200) : said
    },
  })
  const { analysis } = await world.run(longTrace({ runs: 7, words: 30 }), expected)
  assert.deepEqual(limits, [3_300, 6_600])
  assert.equal(analysis.coverage.completionPercentage, 100)
})

test('stages: a group that fails is named in the first lines, with its runs and why, and the rest is analysed', async () => {
  const world = openAnalysisWorld({
    tamper: (said, { text }) => (/\ng02_trace/.test(text) ? said.slice(0, 100) : said),
  })
  const { analysis } = await world.run(longTrace({ runs: 35, words: 30 }), expected)
  assert.equal(analysis.coverage.runsAnalyzed, 29)
  assert.equal(analysis.coverage.completionPercentage, 82.8)
  assert.deepEqual(
    analysis.coverage.leftOut.map(({ runId }) => runId),
    ['run-006', 'run-007', 'run-008', 'run-009', 'run-010', 'run-011'],
  )
  assert.match(analysis.coverage.leftOut[0]?.why ?? '', /group g02 failed: the answer is not JSON, twice/)
  assert.match(markdownReport(analysis).slice(0, 300), /Only 82.8 % of the (runs|steps) were looked at/)
})

test('stages: nothing that failed is a score: without a diagnosis the analysis could not be evaluated', async () => {
  const world = openAnalysisWorld({ tamper: () => 'I would rather not' })
  const { analysis } = await world.run(longTrace({ runs: 7, words: 30 }), expected)
  assert.equal(analysis.outcome, 'could_not_evaluate')
  assert.equal(analysis.coverage.completionPercentage, 0)
  assert.match(analysis.summary, /could not be evaluated/)
})

test('stages: a quote that is invented is struck out, counted and told, and its event falls with it', async () => {
  const world = openAnalysisWorld({
    tamper(said, { stage }) {
      if (stage !== 'trace_analysis') return said
      const answer = JSON.parse(said)
      answer.events.push({
        event_type: 'error',
        run_id: 'run-001',
        description: 'It insults the user',
        impact: 'critical',
        category: null,
        citations: [{ run_id: 'run-001', quote: 'You are a fool' }],
      })
      return JSON.stringify(answer)
    },
  })
  const { analysis } = await world.run(longTrace({ runs: 7, words: 30 }), expected)
  assert.equal(analysis.citations.struckOut, 1)
  assert.ok(!JSON.stringify(analysis).includes('insults'))
  assert.ok(analysis.notes.some((note) => /1 quotes of the model stand nowhere/.test(note)))
  assert.ok(analysis.notes.some((note) => /1 events of the model fell/.test(note)))
})

test('stages: a run that the answer does not name is left out, and said to be', async () => {
  const world = openAnalysisWorld({
    tamper(said, { stage }) {
      if (stage !== 'trace_analysis') return said
      const answer = JSON.parse(said)
      answer.coverage.runs_analyzed = []
      answer.timeline = answer.timeline.slice(1)
      return JSON.stringify(answer)
    },
  })
  const { analysis } = await world.run(longTrace({ runs: 7, words: 30 }))
  assert.deepEqual(analysis.coverage.leftOut, [
    { runId: 'run-000', why: 'the model’s answer does not name it' },
  ])
})

test('stages: killed in the middle and run again, only the unfinished groups are asked', async () => {
  const cache = createStageMemory()
  const trace = longTrace({ runs: 35 })
  const killed = openAnalysisWorld({ cache })
  const ready = await killed.ready(trace, expected)
  void ready.run()
  await killed.advance(20_000)
  const finished = killed.calls.length
  assert.ok(finished > 0 && finished < 6)
  const again = openAnalysisWorld({ cache })
  const { analysis } = await again.run(trace, expected)
  assert.equal(seen(again).filter((stage) => stage === 'trace_analysis').length, 6 - finished)
  assert.equal(analysis.coverage.completionPercentage, 100)
  assert.equal(analysis.modelUse?.reused, finished)
  assert.equal(analysis.method, 'simulated')
})

test('stages: the same trace again asks nobody, another tenant asks anew', async () => {
  const world = openAnalysisWorld()
  const trace = longTrace({ runs: 7, words: 30 })
  const first = await world.run(trace, expected)
  const second = await world.run(trace, expected)
  assert.equal(world.calls.length, 4)
  assert.deepEqual(
    { ...second.analysis, modelUse: 0, notes: 0 },
    { ...first.analysis, modelUse: 0, notes: 0 },
  )
  await world.run(trace, expected, { tenant: 'other' })
  assert.equal(world.calls.length, 8)
})

test('stages: ten at once share the minute and nothing else', async () => {
  const world = openAnalysisWorld({ settings: { tokensPerMinute: 200_000 } })
  const traces = Array.from({ length: 10 }, (_, at) =>
    longTrace({ runs: 12 + at, words: 200, seed: at, id: `t${at}` }),
  )
  const ran = await Promise.all(traces.map((trace) => world.run(trace, expected)))
  for (const [at, { analysis }] of ran.entries()) {
    const alone = await openAnalysisWorld().run(traces[at] ?? longTrace({ runs: 1 }), expected)
    assert.equal(analysis.coverage.completionPercentage, 100)
    assert.deepEqual({ ...analysis, modelUse: 0, notes: 0 }, { ...alone.analysis, modelUse: 0, notes: 0 })
  }
  assert.ok(fullestMinute(world.calls) <= 200_000)
  assert.ok(world.calls.every(({ status }) => status === 200))
})

for (const dialect of ['openai', 'responses', 'anthropic', 'gemini'] as const)
  test(`stages: strict schemas in the form of ${dialect}`, async () => {
    const world = openAnalysisWorld({ dialect })
    const { analysis } = await world.run(longTrace({ runs: 7, words: 30 }), expected)
    assert.equal(analysis.coverage.completionPercentage, 100)
    assert.equal(analysis.origin?.runId, originOf({ runs: 7 }))
    const body = JSON.stringify(world.calls[0]?.body)
    assert.match(body, forms[dialect])
    assert.match(body, /"additionalProperties":false/)
  })

const forms = {
  openai:
    /"response_format":\{"type":"json_schema","json_schema":\{"name":"trace_analysis","schema":.*"strict":true/,
  responses: /"text":\{"format":\{"type":"json_schema","name":"trace_analysis","strict":true,"schema":/,
  anthropic: /"output_config":\{"format":\{"type":"json_schema","schema":/,
  gemini: /"responseMimeType":"application\/json","responseJsonSchema":/,
}

test('stages: a run larger than a call is read in parts, and said to be', async () => {
  const world = openAnalysisWorld()
  const trace = longTrace({ runs: 3, words: 60_000 })
  const { analysis } = await world.run(trace, expected)
  assert.equal(analysis.coverage.completionPercentage, 100)
  assert.ok(world.calls.every(({ status }) => status === 200))
  assert.ok(analysis.notes.some((note) => /Read in parts.*run-001/.test(note)))
})

test('stages: 50,000 unbroken characters of Chinese are no trouble', async () => {
  const read = readTrace(
    JSON.stringify([
      { role: 'user', content: '字'.repeat(50_000) },
      { role: 'assistant', content: 'ok' },
    ]),
  )
  assert.ok(read.ok)
  const { analysis } = await openAnalysisWorld().run(read.value, '')
  assert.equal(analysis.coverage.completionPercentage, 100)
})

test('stages: an empty trace gives a report and asks nobody', async () => {
  const world = openAnalysisWorld()
  const read = readTrace('{"trace_id":"t","runs":[]}')
  assert.ok(read.ok)
  const { analysis } = await world.run(read.value, expected)
  assert.equal(world.calls.length, 0)
  assert.equal(analysis.outcome, 'no_failure_found')
  assert.equal(analysis.method, 'deterministic')
})

test('stages: an analysis that would cost more than it may asks nobody', async () => {
  const world = openAnalysisWorld()
  const ready = await world.ready(longTrace({ runs: 7 }), expected, { maxCostUsd: 0.001 })
  const came = await ready.run()
  assert.ok(!came.ok && /more than the 0.001 USD/.test(came.fault))
  assert.equal(world.calls.length, 0)
})

test('stages: a refusal for now is waited for, and nothing is lost', async () => {
  let refused = 0
  const world = openAnalysisWorld({
    tamper(said) {
      refused += 1
      return refused === 1 ? { status: 429, headers: { 'retry-after': '30' }, body: '{}', delayMs: 0 } : said
    },
  })
  const { analysis } = await world.run(longTrace({ runs: 7, words: 30 }), expected)
  assert.equal(analysis.coverage.completionPercentage, 100)
  assert.ok((world.calls[1]?.atMs ?? 0) >= 30_000)
})

const speeds: readonly [name: string, startMs: number, msPerToken: number][] = [
  ['every answer takes as long', 12_000, 0],
  ['fast', 500, 5],
  ['as usual', 2_000, 20],
  ['slow', 8_000, 50],
]

for (const runs of [7, 14, 35])
  for (const [name, startMs, msPerToken] of speeds)
    test(`plan: of a model never seen the end that is no guess is within 15 % of the truth (${runs} runs, ${name})`, async () => {
      const world = openAnalysisWorld({ callMs: (outputTokens) => startMs + outputTokens * msPerToken })
      const { ready, progress, toldAtMs, tookMs } = await world.run(longTrace({ runs }), expected)
      const told = [
        { atMs: 0, ...ready.plan },
        ...progress.flatMap((one, at) =>
          one.kind === 'plan_updated' ? [{ atMs: toldAtMs[at] ?? 0, ...one }] : [],
        ),
      ]
      assert.ok(told[0]?.isGuessed)
      const sure = told.filter(({ isGuessed }) => !isGuessed)
      for (const { endsInMs } of sure)
        assert.ok(Math.abs(endsInMs - tookMs) <= 0.15 * tookMs, `${endsInMs} for ${tookMs}`)
      // Four answers one after the other are the shortest analysis: all but one kind of them must have been seen.
      assert.ok((sure[0]?.atMs ?? tookMs) <= 0.8 * tookMs, `first sure after ${sure[0]?.atMs} of ${tookMs}`)
      const late = told.filter(({ atMs }) => atMs >= 0.5 * tookMs)
      for (const { endsInMs } of late) assert.ok(Math.abs(endsInMs - tookMs) <= 0.15 * tookMs, `${endsInMs}`)
    })

const told: readonly [name: string, minute: number, set: number | undefined, most: number][] = [
  ['a larger minute than was assumed is used', 90_000, undefined, 90_000],
  ['a smaller one is kept', 24_000, undefined, 24_000],
  ['what was set is not left for a larger one', 90_000, 30_000, 30_000],
]

for (const [name, tellsLimits, set, most] of told)
  test(`limits of the provider's headers: ${name}`, async () => {
    const settings = set === undefined ? {} : { tokensPerMinute: set, isLimitSet: true as const }
    const world = openAnalysisWorld({ tellsLimits, settings, cache: forgetful })
    await world.run(longTrace({ runs: 7 }), expected)
    await world.advance(120_000)
    const before = world.calls.length
    const { analysis, ready, tookMs } = await world.run(longTrace({ runs: 35, seed: 2 }), expected)
    const calls = world.calls.slice(before)
    assert.equal(analysis.coverage.completionPercentage, 100)
    assert.deepEqual([...new Set(calls.map(({ status }) => status))], [200])
    assert.ok(fullestMinute(calls) <= most)
    assert.ok(Math.abs(ready.plan.endsInMs - tookMs) <= 0.15 * tookMs, `${ready.plan.endsInMs} for ${tookMs}`)
    // Some 80,000 tokens: what fits into one minute needs no second one.
    assert.equal(tookMs < 60_000, most === 90_000)
  })

test('stages: evaluation cases are told to the gap analysis, which is asked for their sake alone, and planned', async () => {
  const world = openAnalysisWorld()
  const evals = [
    {
      path: 'evals/memory.json',
      text: JSON.stringify([
        { input: 'Book a flight', expected: 'A flight' },
        {
          input: 'Please exclude cash sweep redemption from now on.',
          expected: 'Sorry, preferences are not remembered',
        },
      ]),
    },
  ]
  const { ready, analysis } = await world.run(longTrace({ runs: 7 }), '', { evals })
  assert.deepEqual(seen(world), ['trace_analysis', 'gap_analysis', 'diagnosis', 'synthesis'])
  assert.equal(ready.plan.calls, 4)
  assert.deepEqual(
    analysis.gaps.map(({ clause, status }) => [clause, status]),
    [['evals/memory.json case 2: Sorry, preferences are not remembered', 'missing']],
  )
  assert.ok(analysis.notes.some((note) => /^Read 2 evaluation cases; 1 of them about this/.test(note)))
})
