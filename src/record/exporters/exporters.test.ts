import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from '../../protocol/run.ts'
import { createFakeClock } from '../../sandbox/fake-clock.ts'
import { readLangSmith } from '../import/langsmith.ts'
import { readOtlp } from '../import/otlp.ts'
import { createExportQueue, type SendResult } from './export-queue.ts'
import { createExporters } from './exporters.ts'
import { runsToLangSmith } from './run-to-langsmith.ts'
import { runsToOtlp } from './run-to-otlp.ts'

const startedAtMs = 1_767_225_600_000.25
const run = (id: string, rest: Partial<Run> = {}): Run => ({
  id,
  traceId: 'req_1',
  name: 'chat',
  runType: 'chain',
  status: 'success',
  source: 'gateway',
  startedAtMs,
  endedAtMs: startedAtMs + 100,
  messages: { input: [], output: [] },
  tags: [],
  metadata: {},
  ...rest,
})
const trace: readonly Run[] = [
  run('req_1', { messages: { input: [{ role: 'user', text: 'Hi' }], output: [] } }),
  run('req_1-1', {
    parentId: 'req_1',
    runType: 'llm',
    provider: 'openai',
    model: 'm',
    error: 'upstream_error: broke',
    status: 'error',
    usage: { input: 3, output: 2 },
    sessionId: 's1',
    messages: {
      input: [{ role: 'user', text: 'Hi' }],
      output: [{ role: 'assistant', text: '', toolCalls: [{ id: 'c1', name: 'f', arguments: '{"a":1}' }] }],
    },
  }),
]
const service = { name: 'adaptive-mind', version: '1' }
const essence = (one: Partial<Run>) => ({
  runType: one.runType,
  provider: one.provider,
  model: one.model,
  error: one.error,
  usage: one.usage,
  sessionId: one.sessionId,
  messages: one.messages,
  startedAtMs: one.startedAtMs,
  endedAtMs: one.endedAtMs,
})

test('exporters: what leaves by OTLP reads back as the same runs', () => {
  const read = readOtlp(JSON.parse(JSON.stringify(runsToOtlp(trace, service)))) ?? []
  assert.deepEqual(read.map(essence), trace.map(essence))
  assert.equal(read[1]?.parentId, read[0]?.id)
  assert.match(String(read[0]?.traceId), /^[0-9a-f]{32}$/)
})

test('exporters: what leaves for LangSmith reads back, with ids and orders as it wants them', () => {
  const sent = runsToLangSmith(trace)
  const read = readLangSmith(JSON.parse(JSON.stringify(sent))) ?? []
  const wholeMs = (ms: number | undefined) => ms && Math.floor(ms)
  const told = (one: Partial<Run>) => ({
    ...essence(one),
    startedAtMs: wholeMs(one.startedAtMs),
    endedAtMs: wholeMs(one.endedAtMs),
  })
  assert.deepEqual(read.map(told), trace.map(told))
  const [root, child] = sent
  assert.equal(child?.parent_run_id, root?.id)
  assert.equal(child?.trace_id, root?.id)
  assert.ok(child?.dotted_order.startsWith(`${root?.dotted_order}.`))
  assert.equal(child?.dotted_order.slice(-36), child?.id)
})

const openQueue = (answers: SendResult[]) => {
  const clock = createFakeClock()
  const sent: number[][] = []
  const problems: string[] = []
  const queue = createExportQueue<number>({
    clock,
    name: 'the sink',
    onProblem: (line) => void problems.push(line),
    async send(items) {
      sent.push([...items])
      return answers.shift() ?? { kind: 'taken' }
    },
  })
  return { clock, sent, problems, queue }
}
const again: SendResult = { kind: 'again', reason: 'status 503' }

test('export queue: items leave in order, gathered', async () => {
  const { clock, sent, queue } = openQueue([])
  for (let i = 0; i < 120; i += 1) queue.push(i)
  await clock.advance(300)
  assert.deepEqual(
    sent.map((batch) => batch.length),
    [50, 50, 20],
  )
  assert.deepEqual(sent.flat(), [...Array(120).keys()])
  assert.deepEqual(queue.counts(), { waiting: 0, sent: 120, dropped: 0 })
})

test('export queue: a sink that is down is asked again, ever later, and told of once', async () => {
  const { clock, sent, problems, queue } = openQueue([again, again, again])
  queue.push(1)
  await clock.advance(60_000)
  assert.equal(sent.length, 4)
  assert.deepEqual(problems, ['the sink takes no traces: status 503', 'the sink takes traces again'])
  assert.deepEqual(queue.counts(), { waiting: 0, sent: 1, dropped: 0 })
})

test('export queue: before a dead sink the oldest are dropped, and counted', async () => {
  const { clock, queue } = openQueue(Array(1_000).fill(again))
  for (let i = 0; i < 5_000; i += 1) queue.push(i)
  await clock.advance(10_000)
  const { waiting, sent, dropped } = queue.counts()
  assert.deepEqual([waiting, sent, dropped], [2_000, 0, 3_000])
})

test('export queue: what a sink refuses for good is not sent again', async () => {
  const { clock, sent, queue } = openQueue([{ kind: 'refused', reason: 'status 400' }])
  queue.push(1)
  await clock.advance(10_000)
  assert.deepEqual([sent.length, queue.counts().dropped], [1, 1])
})

test('export queue: closing sends what waits, and waits no longer than it was told', async () => {
  const quick = openQueue([])
  quick.queue.push(1)
  const closed = quick.queue.close(1_000)
  await quick.clock.advance(10)
  await closed
  assert.equal(quick.queue.counts().sent, 1)
  const clock = createFakeClock()
  const stuck = createExportQueue<number>({
    clock,
    name: 's',
    onProblem: () => {},
    send: () => new Promise(() => {}),
  })
  stuck.push(1)
  stuck.push(2)
  const ended = stuck.close(500)
  await clock.advance(600)
  await ended
  assert.equal(stuck.counts().waiting, 0)
})

test('exporters: none where nothing is configured', () => {
  assert.equal(createExporters({ clock: createFakeClock(), onProblem: () => {}, version: '1' }), undefined)
})

test('exporters: a LangSmith client that rejects costs the trace and nothing else', async () => {
  const clock = createFakeClock()
  const exporters = createExporters({
    clock,
    onProblem: () => {},
    version: '1',
    langsmith: () => Promise.reject(new Error('no')),
  })
  exporters?.take(JSON.stringify(trace))
  exporters?.take('no JSON')
  await clock.advance(1_000)
  assert.deepEqual(exporters?.counts().get('langsmith'), { waiting: 0, sent: 0, dropped: 1 })
})
