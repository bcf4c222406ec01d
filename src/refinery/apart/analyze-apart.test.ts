import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { analyze } from '../analyze.ts'
import { readTrace } from '../import/read-trace.ts'
import { analyzeApart } from './analyze-apart.ts'

const small = JSON.stringify([
  { role: 'user', content: 'Exclude cash sweep redemptions from now on.' },
  { role: 'assistant', content: "Of course. I'll exclude cash sweep redemptions from now on." },
])
const options = { expected: 'The agent should say that it has no memory' }

test('analysis apart: the same as in the thread that asks', async () => {
  const trace = readTrace(small)
  assert.ok(trace.ok)
  const apart = await analyzeApart({ source: Buffer.from(small), options })
  assert.deepEqual(apart, { ok: true, value: analyze(trace.value, options) })
})

test('analysis apart: what cannot be read is a fault in words', async () => {
  const read = await analyzeApart({ source: Buffer.from('{"runs":['), options })
  assert.match(read.ok ? '' : read.fault, /neither JSON/)
  const missing = await analyzeApart({ source: '/no/such/file', options })
  assert.match(missing.ok ? '' : missing.fault, /ENOENT/)
})

test('analysis apart: who asks goes on with other work', async () => {
  const runs = Array.from({ length: 4_000 }, (_, at) => ({
    id: `r${at}`,
    trace_id: 't',
    name: 'Planner',
    run_type: at % 2 === 0 ? 'llm' : 'tool',
    inputs: { messages: [{ role: 'user', content: 'lorem ipsum '.repeat(300) }] },
    outputs: { text: `answer ${at}` },
  }))
  const source = Buffer.from(JSON.stringify({ runs }))
  const before = performance.eventLoopUtilization()
  const read = await analyzeApart({ source, options })
  const { utilization } = performance.eventLoopUtilization(before)
  assert.ok(read.ok)
  assert.equal(read.value.coverage.runsAnalyzed, 4_000)
  // The share is its own; how long a machine with other work lets it wait is not. The long tests measure that.
  assert.ok(utilization < 0.3, `busy for ${utilization} of the time`)
})
