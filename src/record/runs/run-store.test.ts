import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { memoryConfig } from '../../config/memory-config.ts'
import { configSchema } from '../../config/schema.ts'
import type { LedgerRecord } from '../../protocol/ledger-entry.ts'
import type { Run } from '../../protocol/run.ts'
import { openLedger } from '../ledger.ts'
import type { RunQuestion, TraceFilter } from './run-questions.ts'
import { openRunStore, type RunStore, type RunStoreOptions } from './run-store.ts'

const directories: string[] = []
const stores: RunStore[] = []
after(async () => {
  for (const store of stores) await store.close()
  for (const dir of directories) rmSync(dir, { recursive: true, force: true })
})

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-runs-'))
  directories.push(dir)
  return dir
}

function open(dir: string, rest: Partial<RunStoreOptions> = {}): RunStore {
  const store = openRunStore({
    dir,
    keeping: { payloads: { previews: 'redacted', textCharacters: 1_000 } },
    tellsRuns: false,
    clock: systemClock,
    onProblem: () => {},
    ...rest,
  })
  stores.push(store)
  return store
}

async function ask(store: RunStore, question: RunQuestion) {
  const answer = await store.ask(question)
  return answer.ok ? JSON.parse(answer.value) : answer.fault
}

type Given = Record<string, unknown>
const startMs = Date.UTC(2026, 0, 1)
const send = (store: RunStore, post: readonly Given[], patch: readonly Given[] = [], tenant = 'default') =>
  ask(store, {
    kind: 'ingest',
    tenant,
    body: {
      format: 'langsmith_batch',
      bytes: new TextEncoder().encode(JSON.stringify({ post, patch })),
      contentType: 'application/json',
      encoding: '',
    },
  })
const run = (id: string, rest: Given = {}): Given => ({
  id,
  trace_id: id,
  name: id,
  run_type: 'chain',
  start_time: startMs,
  end_time: startMs + 100,
  ...rest,
})
const list = (store: RunStore, filter: Partial<TraceFilter> = {}, tenant = 'default') =>
  ask(store, { kind: 'traces', tenant, filter: { limit: 50, ...filter } })
const show = (store: RunStore, traceId: string, tenant = 'default') =>
  ask(store, { kind: 'trace', tenant, traceId })
const names = (page: { traces: readonly { traceId: string }[] }) =>
  page.traces.map(({ traceId }) => traceId).join(' ')

test('run store: start and end arrive apart, the end first, and are one run', async () => {
  const store = open(temporary())
  await send(
    store,
    [],
    [
      {
        id: 'a',
        trace_id: 'a',
        end_time: startMs + 250,
        outputs: { messages: [{ role: 'assistant', content: 'A' }] },
      },
    ],
  )
  await send(store, [
    {
      id: 'a',
      trace_id: 'a',
      name: 'agent',
      run_type: 'llm',
      start_time: startMs,
      inputs: { messages: [{ role: 'user', content: 'Hi' }] },
    },
  ])
  const { trace, runs } = await show(store, 'a')
  assert.deepEqual(
    [trace.name, trace.status, trace.endedAtMs - trace.startedAtMs, trace.runs],
    ['agent', 'success', 250, 1],
  )
  const [only] = runs as Run[]
  assert.deepEqual(
    [...(only?.messages.input ?? []), ...(only?.messages.output ?? [])].map(({ text }) => text),
    ['Hi', 'A'],
  )
})

test('run store: a patch without a trace finds its run', async () => {
  const store = open(temporary())
  await send(store, [run('root'), run('child', { trace_id: 'root', parent_run_id: 'root', end_time: null })])
  await send(store, [], [{ id: 'child', start_time: startMs, error: 'broke' }])
  const { trace, runs } = await show(store, 'root')
  assert.deepEqual([trace.runs, trace.errors, trace.status], [2, 1, 'success'])
  assert.deepEqual(
    runs.map((one: Run & { depth: number }) => [one.id, one.depth, one.status]),
    [
      ['root', 0, 'success'],
      ['child', 1, 'error'],
    ],
  )
})

test('run store: filters', async () => {
  const store = open(temporary())
  await send(store, [
    run('a', { session_name: 'shop', extra: { metadata: { session_id: 's1', ls_model_name: 'small' } } }),
    run('b', { start_time: startMs + 1_000, end_time: startMs + 9_000, error: 'broke' }),
    run('c', {
      start_time: startMs + 2_000,
      end_time: null,
      inputs: { question: 'where is the Blue "harbour"?' },
    }),
  ])
  const rows: readonly [Partial<TraceFilter>, string][] = [
    [{}, 'c b a'],
    [{ status: 'error' }, 'b'],
    [{ status: 'pending' }, 'c'],
    [{ project: 'shop' }, 'a'],
    [{ session: 's1' }, 'a'],
    [{ model: 'small' }, 'a'],
    [{ model: 'large' }, ''],
    [{ source: 'otlp' }, ''],
    [{ sinceMs: startMs + 1_000 }, 'c b'],
    [{ untilMs: startMs + 1_000 }, 'a'],
    [{ minMs: 5_000 }, 'b'],
    [{ search: 'blue harb' }, 'c'],
    [{ search: 'blue lagoon' }, ''],
    [{ search: '") OR 1 NEAR(' }, ''],
    [{ search: '' }, ''],
  ]
  for (const [filter, expected] of rows)
    assert.equal(names(await list(store, filter)), expected, JSON.stringify(filter))
})

test('run store: pages hold each trace once', async () => {
  const store = open(temporary())
  // Equal starts: the cursor must tell them apart.
  await send(
    store,
    Array.from({ length: 25 }, (_, at) => run(`t${String(at).padStart(2, '0')}`)),
  )
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await list(store, { limit: 10, ...(cursor ? { cursor } : {}) })
    seen.push(...names(page).split(' '))
    cursor = page.nextCursor
  } while (cursor)
  assert.equal(seen.length, 25)
  assert.equal(new Set(seen).size, 25)
})

test('run store: one tenant neither sees nor changes another’s', async () => {
  const store = open(temporary())
  await send(store, [run('a', { name: 'ours' })], [], 'one')
  await send(store, [run('a', { name: 'theirs' })], [], 'two')
  assert.equal((await show(store, 'a', 'one')).trace.name, 'ours')
  assert.equal((await show(store, 'a', 'two')).trace.name, 'theirs')
  assert.equal((await show(store, 'a', 'three')).kind, 'missing')
  assert.equal(names(await list(store, { search: 'theirs' }, 'one')), '')
})

test('run store: feedback stands with its trace, and scores are averaged', async () => {
  const store = open(temporary())
  await send(store, [run('a'), run('b', { trace_id: 'a', parent_run_id: 'a' })])
  const feedback = (id: string, rest: Given) =>
    ask(store, {
      kind: 'feedback',
      tenant: 'default',
      feedback: { id, key: 'helpful', atMs: startMs, ...rest },
    })
  await feedback('f1', { runId: 'b', score: 1 })
  await feedback('f2', { traceId: 'a', score: 0, comment: 'no, ask ann@example.com' })
  assert.deepEqual((await list(store)).traces[0].scores, { helpful: { average: 0.5, count: 2 } })
  const { feedback: kept } = await show(store, 'a')
  assert.deepEqual(
    kept.map(({ comment }: { comment?: string }) => comment),
    [undefined, 'no, ask [email]'],
  )
  assert.equal((await feedback('f3', { runId: 'gone', score: 1 })).kind, 'missing')
})

test('run store: sessions, latest first', async () => {
  const store = open(temporary())
  const of = (session: string) => ({ extra: { metadata: { session_id: session } } })
  await send(store, [
    run('a', of('s1')),
    run('b', { ...of('s2'), start_time: startMs + 5 }),
    run('c', { ...of('s1'), start_time: startMs + 9 }),
  ])
  const first = await ask(store, { kind: 'sessions', tenant: 'default', limit: 1 })
  const second = await ask(store, { kind: 'sessions', tenant: 'default', limit: 1, cursor: first.nextCursor })
  const told = [...first.sessions, ...second.sessions].map(
    ({ sessionId, traces }) => `${sessionId} ${traces}`,
  )
  assert.deepEqual(told, ['s1 2', 's2 1'])
})

test('run store: what is removed is found no more', async () => {
  const store = open(temporary())
  await send(store, [run('a', { inputs: { text: 'pineapple' } })])
  assert.equal(names(await list(store, { search: 'pineapple' })), 'a')
  assert.equal((await ask(store, { kind: 'remove', tenant: 'default', traceId: 'a' })).removed, 1)
  assert.equal(names(await list(store, { search: 'pineapple' })), '')
})

const record = (requestId: string): LedgerRecord => ({
  requestId,
  traceId: requestId,
  tenant: 'default',
  atUtc: new Date(startMs).toISOString(),
  route: 'chat',
  dialect: 'openai',
  stream: false,
  initialPromptHash: 'h',
  commitments: {},
  outcome: 'SUCCESS',
  attempts: [{ provider: 'p', model: 'm', key: 'k', startedMs: 0, endedMs: 5, next: 'done', because: 'b' }],
  resilienceEvents: [],
  resilienceEventsLeftOut: 0,
  totalLatencyMs: 6,
  totalApiCalls: 1,
  selectionMode: 'priority',
  rewriteAttempted: false,
  resilienceScore: 1,
  metadata: {},
  dropped: [],
  simulated: true,
})

test('run store: each entry of the ledger becomes a trace, once, over restarts too', async () => {
  const dir = temporary()
  const options = {
    dir,
    synchronous: 'normal',
    commitWaitMs: 1_000,
    isRequired: () => false,
    checkpoints: { everyEntries: 1_000, everyMs: 60_000 },
    retention: memoryConfig(configSchema.parse({})).retention,
    spillBytes: 1_000_000,
    clock: systemClock,
    onProblem: () => {},
  } as const
  const ledger = await openLedger(options)
  assert.ok(ledger.ok)
  await ledger.value.ledger.record(record('req_1'), { previews: { initialPrompt: 'Hi' }, salt: 'salt' })
  const told: string[] = []
  const first = open(dir, { tellsRuns: true, onTraced: (json) => void told.push(json) })
  assert.equal((await show(first, 'req_1')).runs[1].name, 'p/m')
  await list(first)
  assert.equal(told.length, 1)
  await ledger.value.ledger.record(record('req_2'), { previews: {}, salt: 'salt' })
  await first.close()
  await ledger.value.ledger.record(record('req_3'), { previews: {}, salt: 'salt' })
  const second = open(dir)
  assert.equal(names(await list(second)), 'req_3 req_2 req_1')
  await ledger.value.ledger.close()
})

test('run store: a file of a newer version is refused', async () => {
  const dir = temporary()
  const db = new DatabaseSync(join(dir, 'runs.sqlite'))
  db.exec('PRAGMA user_version=99')
  db.close()
  const problems: string[] = []
  await list(open(dir, { onProblem: (line) => void problems.push(line) }))
  assert.match(problems.join(), /newer version \(schema 99/)
})

test('run store: a file that is no database is refused and left as it was', async () => {
  const dir = temporary()
  const text = 'this is no database, but somebody’s text'.repeat(100)
  writeFileSync(join(dir, 'runs.sqlite'), text)
  const problems: string[] = []
  const store = open(dir, { onProblem: (line) => void problems.push(line) })
  const answer = await list(store)
  assert.equal(answer.kind, 'failed')
  assert.match(problems.join(), /traces are not kept: /)
  assert.equal(readFileSync(join(dir, 'runs.sqlite'), 'utf8'), text)
})
