import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sandboxAnswerer } from '../../src/cli/analyses/open-analyst.ts'
import { longTraceText, originOf } from '../analyses/long-trace.ts'
import { type Served, serveInProcess } from './gateway-in-process.ts'

let gateway: Served
before(async () => {
  // The analyses of this file together would take minutes.
  process.env['TPM_LIMIT'] = '5000000'
  gateway = await serveInProcess([
    { dialect: 'openai', models: ['analyst'], answerer: sandboxAnswerer(), price: '1.00' },
  ])
})
after(() => gateway.close())

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the test finds out.
type Json = any

async function post(
  path: string,
  body: unknown,
  headers = {},
): Promise<{ readonly status: number; readonly body: Json }> {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: await answer.json() }
}

async function get(path: string): Promise<Json> {
  return (await fetch(gateway.url + path)).json()
}

async function ended(id: string): Promise<Json> {
  for (let turn = 0; turn < 400; turn += 1) {
    const note = await get(`/v1/analyses/${id}`)
    if (note.status !== 'running') return note
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the analysis never ended')
}

const expected = 'The agent should say that it has no memory'
const wanted = (runs: number, more = {}) => ({
  trace: JSON.parse(longTraceText({ runs, words: 40 })),
  expected,
  ...more,
})

test('analyses: evaluation cases come with the trace', async () => {
  const about = {
    input: 'Please exclude cash sweep redemption from now on.',
    expected: 'Preferences are not kept',
  }
  const evals = [{ path: 'evals/memory.json', text: JSON.stringify(about) }]
  for (const model of [undefined, 'analyst']) {
    const made = await post('/v1/analyses', wanted(7, { expected: '', evals, model }))
    assert.equal(made.status, 202)
    const { analysis } = await ended(made.body.id)
    assert.deepEqual(
      analysis.gaps.map(({ clause, status }: Json) => [clause, status]),
      [['evals/memory.json: Preferences are not kept', 'missing']],
    )
  }
  const refused = await post('/v1/analyses', wanted(7, { evals: [{ path: 'x' }] }))
  assert.equal(refused.status, 400)
})

test('analyses: without a model the detectors analyse, and the answer comes before the end', async () => {
  const made = await post('/v1/analyses', wanted(7))
  assert.equal(made.status, 202)
  const note = await ended(made.body.id)
  assert.equal(note.status, 'completed')
  assert.equal(note.analysis.method, 'deterministic')
  assert.equal(note.analysis.origin.run_id, originOf({ runs: 7 }))
})

test('analyses: with a model every call goes through the engine and stands in the ledger', async () => {
  const before = (await gateway.ledger()).length
  const made = await post('/v1/analyses', wanted(14, { model: 'p0/analyst' }))
  assert.ok(made.body.plan.tokens > 0)
  const note = await ended(made.body.id)
  assert.equal(note.analysis.coverage.completion_percentage, 100)
  assert.equal(note.analysis.model_use.calls, 4)
  assert.deepEqual(note.analysis.model_use.served_by, ['p0/analyst'])
  assert.ok(Number(note.analysis.model_use.cost_usd) > 0)
  assert.equal((await gateway.ledger()).length - before, 4)
  assert.ok(note.progress.some(({ kind }: Json) => kind === 'analysis_completed'))
})

test('analyses: progress comes as events, to the end', async () => {
  const answer = await fetch(`${gateway.url}/v1/analyses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(wanted(22, { model: 'p0/analyst' })),
  })
  assert.match(answer.headers.get('content-type') ?? '', /event-stream/)
  const text = await answer.text()
  const events = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)
  assert.equal(events[0], 'analysis')
  assert.equal(events.at(-1), 'end')
  assert.equal([...text.matchAll(/"kind":"stage1_group_done"/g)].length, 4)
  const id = /"id":"(ana_\w+)"/.exec(text)?.[1] ?? ''
  // Whoever comes late is told all of it.
  const later = await (await fetch(`${gateway.url}/v1/analyses/${id}/events`)).text()
  assert.equal([...later.matchAll(/"kind":"stage1_group_done"/g)].length, 4)
})

test('analyses: a stored trace is analysed by its id', async () => {
  const { trace } = wanted(7)
  const runs = trace.runs.map((run: Json) => ({ ...run, trace_id: trace.runs[0].id }))
  const sent = await post('/runs/batch', { post: runs, patch: [] })
  assert.ok(sent.status < 300, JSON.stringify(sent.body))
  const made = await post('/v1/analyses', { trace_id: 'run-000', expected })
  assert.equal(made.status, 202, JSON.stringify(made.body))
  const note = await ended(made.body.id)
  assert.equal(note.analysis.origin.run_id, originOf({ runs: 7 }))
})

test('analyses: a plan asks nobody and keeps nothing', async () => {
  const before = (await gateway.ledger()).length
  const { status, body } = await post('/v1/analyses', wanted(35, { model: 'p0/analyst', plan: true }))
  assert.equal(status, 200)
  assert.equal(body.plan.groups, 6)
  assert.ok(body.plan.endsInMs >= body.plan.lowerBoundMs)
  assert.equal((await gateway.ledger()).length, before)
})

test('analyses: what would cost too much is refused before the first call', async () => {
  const before = (await gateway.ledger()).length
  const made = await post('/v1/analyses', wanted(8, { model: 'p0/analyst', max_cost_usd: 0.0001 }))
  const note = await ended(made.body.id)
  assert.equal(note.status, 'failed')
  assert.match(note.error, /more than the 0.0001 USD/)
  assert.equal((await gateway.ledger()).length, before)
})

test('analyses: ten at once do not touch one another', async () => {
  const sizes = Array.from({ length: 10 }, (_, at) => 9 + at)
  const made = await Promise.all(
    sizes.map((runs) => post('/v1/analyses', wanted(runs, { model: 'p0/analyst' }))),
  )
  const notes = await Promise.all(made.map(({ body }) => ended(body.id)))
  assert.deepEqual(
    notes.map(({ analysis }) => analysis.coverage.runs_analyzed),
    sizes,
  )
  assert.ok(notes.every(({ analysis }, at) => analysis.trace_id === `trace-${sizes[at]}`))
})

/** Above what is read in the thread that serves. */
const largeTrace = { trace: JSON.parse(longTraceText({ runs: 35, words: 600 })), expected }

test('analyses: a large trace is planned, analysed, followed and gone on with as a small one', async () => {
  assert.ok(JSON.stringify(largeTrace).length > 200_000)
  const { body: byRules } = await post('/v1/analyses', largeTrace)
  assert.equal((await ended(byRules.id)).analysis.origin.run_id, originOf({ runs: 35 }))
  const withModel = { ...largeTrace, model: 'p0/analyst' }
  const { body: planned } = await post('/v1/analyses', { ...withModel, plan: true })
  assert.equal(planned.plan.runs, 35)
  const calls = (await gateway.ledger()).length
  const { body: made } = await post('/v1/analyses', withModel)
  const note = await ended(made.id)
  assert.equal(note.analysis.coverage.completion_percentage, 100)
  assert.equal(note.analysis.origin.run_id, originOf({ runs: 35 }))
  assert.equal((await gateway.ledger()).length - calls, note.analysis.model_use.calls)
  assert.ok(note.progress.some(({ kind }: Json) => kind === 'stage1_complete'))
  const { body: again } = await post('/v1/analyses', withModel)
  const second = await ended(again.id)
  assert.deepEqual([second.analysis.model_use.calls, second.analysis.model_use.reused], [0, 9])
})

test('analyses: of a large trace a cancelled analysis ends', async () => {
  const { body: made } = await post('/v1/analyses', {
    ...largeTrace,
    expected: 'Something else',
    model: 'p0/analyst',
  })
  assert.equal((await post(`/v1/analyses/${made.id}/cancel`, {})).status, 200)
  assert.equal((await ended(made.id)).status, 'cancelled')
})

const wrong: readonly [name: string, body: unknown, status: number, says: RegExp][] = [
  ['neither a trace nor an id', { expected }, 400, /either trace or trace_id/],
  ['a trace that is none', { trace: 'hello' }, 400, /trace/],
  ['a large trace and an id', { ...largeTrace, trace_id: 'x' }, 400, /either trace or trace_id/],
  ['a large trace that is none', { trace: 'hello '.repeat(40_000) }, 400, /trace: it is neither JSON/],
  ['a large trace and a model nobody has', { ...largeTrace, model: 'p9/none' }, 404, /p9\/none/],
  ['a large trace and a field nobody knows', { ...largeTrace, webhook: 'x' }, 400, /webhook/],
  ['a field nobody knows', { trace: [], webhook: 'http://x' }, 400, /webhook|body/],
  ['a model nobody has', wanted(3, { model: 'p9/none' }), 404, /p9\/none/],
  ['an id nobody knows', { trace_id: 'none' }, 404, /trace/],
]
for (const [name, body, status, says] of wrong)
  test(`analyses: refused: ${name}`, async () => {
    const came = await post('/v1/analyses', body)
    assert.equal(came.status, status)
    assert.match(came.body.error.message, says)
  })

test('analyses: one that is over cannot be cancelled, one that is not there neither', async () => {
  const made = await post('/v1/analyses', wanted(3))
  await ended(made.body.id)
  assert.equal((await post(`/v1/analyses/${made.body.id}/cancel`, {})).status, 409)
  assert.equal((await post('/v1/analyses/ana_none/cancel', {})).status, 404)
})
