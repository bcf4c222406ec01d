import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readTrace } from './read-trace.ts'
import { createTraceStream, streamLimits } from './trace-stream.ts'

function streamed(text: string, pieceBytes = 7, limits = streamLimits) {
  const stream = createTraceStream(limits)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) stream.write(bytes.subarray(at, at + pieceBytes))
  return stream.end()
}

const run = (id: string, more: object = {}) => ({ id, trace_id: 't', name: id, run_type: 'chain', ...more })
const deep = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`

/** Each is read the same in pieces as it is whole. */
const rows: readonly (readonly [name: string, text: string])[] = [
  ['LangSmith’s export', JSON.stringify({ trace_id: 't', project_name: 'p', runs: [run('a'), run('b')] })],
  [
    'LangSmith’s export, the name of the project last',
    JSON.stringify({ runs: [run('a')], project_name: 'p' }),
  ],
  ['a list of runs', JSON.stringify([run('a'), run('b')])],
  [
    'one run with runs inside',
    JSON.stringify(
      run('a', { child_runs: [run('b', { inputs: { messages: [{ role: 'user', content: 'x' }] } })] }),
    ),
  ],
  [
    'a batch',
    JSON.stringify({
      post: [run('a')],
      patch: [{ id: 'a', trace_id: 't', end_time: 2, outputs: { a: [1, [2]] } }],
    }),
  ],
  ['one run a line', `${JSON.stringify(run('a'))}\n${JSON.stringify(run('b'))}\n`],
  [
    'Langfuse',
    JSON.stringify({
      trace: { id: 't' },
      observations: [{ id: 'o', type: 'GENERATION', input: [{ role: 'user', content: 'x' }] }],
    }),
  ],
  [
    'Langfuse, the observations inside the trace',
    JSON.stringify({ trace: { id: 't', observations: [{ id: 'o' }] } }),
  ],
  [
    'OTLP',
    JSON.stringify({
      resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [{ traceId: 't', spanId: 's', name: 'x' }] }] }],
    }),
  ],
  [
    'plain spans',
    JSON.stringify({
      spans: [{ span_id: 's', name: 'tool', attributes: { 'tool.args_json': '{"a":[1]}' } }],
    }),
  ],
  [
    'a conversation',
    JSON.stringify({ system: 'S', messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }),
  ],
  [
    'a bare conversation',
    JSON.stringify([
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'y' },
    ]),
  ],
  ['no runs', JSON.stringify({ trace_id: 't', runs: [] })],
  ['JSON of no known shape', JSON.stringify({ a: [1, { b: [] }], c: null, messages: 'none' })],
  ['a list of numbers', '[1,2,3]'],
  ['characters of many bytes', JSON.stringify([{ role: 'user', content: '現金のスイープ 😀' }])],
  ['a name that every object has', '[{"role":"user","content":"x","__proto__":{"role":"system"}}]'],
  ['nothing', ' '],
]
for (const [name, text] of rows)
  for (const pieceBytes of [1, 1_000])
    test(`trace stream: ${name}, in pieces of ${pieceBytes}`, () =>
      assert.deepEqual(streamed(text, pieceBytes), readTrace(text)))

const faults: readonly (readonly [name: string, text: string, expected: RegExp])[] = [
  ['a file that ends early', '{"runs":[{"id":"a"', /neither JSON/],
  ['no JSON', 'id,name\n1,2', /neither JSON/],
  ['nothing', '', /empty/],
]
for (const [name, text, expected] of faults)
  test(`trace stream: ${name} is a fault in words`, () => {
    const read = streamed(text)
    assert.match(read.ok ? '' : read.fault, expected)
  })

const limits = { textCharacters: 100, totalCharacters: 250, lateTextCharacters: 10 }

test('trace stream: long texts keep their beginning and their end, and the cut is told', () => {
  const read = streamed(JSON.stringify([{ role: 'user', content: `begin${'x'.repeat(500)}end` }]), 64, limits)
  assert.ok(read.ok)
  assert.match(
    read.value.runs[0]?.messages.output[0]?.text ?? '',
    /^beginx+\n\[… 408 characters were cut …\]\nx+end$/,
  )
  assert.match(
    (read.value.notes ?? []).join(),
    /1 long text was cut: of 5\d\d characters, 1\d\d were looked at/,
  )
})

test('trace stream: what comes after the bound keeps little, and every run is there', () => {
  const turns = Array.from({ length: 20 }, () => ({ role: 'user', content: 'x'.repeat(90) }))
  const read = streamed(JSON.stringify(turns), 64, limits)
  assert.ok(read.ok)
  assert.equal(read.value.runs.length, 20)
  assert.match((read.value.notes ?? []).join(), /1\d long texts were cut/)
})

test('trace stream: nests without end are left out and told', () => {
  const read = streamed(`[{"role":"user","content":"x","more":${deep(100_000)}}]`, 65_536)
  assert.ok(read.ok)
  assert.match((read.value.notes ?? []).join(), /deeper than 100 levels/)
})

const data = new URL('../../../../shared/data/traces/', import.meta.url).pathname
const options = existsSync(data) ? {} : { skip: 'the traces are not on this machine' }
test('trace stream: every real trace is read the same as whole', options, () => {
  const files = globSync(`${data}{langsmith,refinery,frameworks}/*.json`).filter(
    (name) => !name.includes('.chatml.'),
  )
  assert.ok(files.length > 15)
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const wide = { ...streamLimits, textCharacters: 10_000_000 }
    assert.deepEqual(streamed(text, 4_096, wide), readTrace(text), file)
  }
})
