import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from '../import/read-trace.ts'
import { readBodyPieces, type TraceRead } from './body-reader.ts'

const turns = [
  { role: 'user', content: 'Exclude cash sweep redemptions 💸 from now on.' },
  { role: 'assistant', content: "Of course. I'll exclude them from now on." },
]
const limits = { levels: 20, fields: 50 }

/** In pieces of a few bytes, which cut characters in two; `wholeBytes` of 0 makes every body a large one. */
function read(body: unknown, wholeBytes: number): TraceRead {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8')
  const reader = readBodyPieces(limits, wholeBytes)
  for (let at = 0; at < bytes.length; at += 5) reader.write(bytes.subarray(at, at + 5))
  return reader.end()
}

const known = readTrace(JSON.stringify(turns))
const asLines = turns.map((turn) => JSON.stringify(turn)).join('\n')

for (const [name, wholeBytes] of [
  ['small', 1_000_000],
  ['large', 0],
] as const) {
  const rows: readonly [what: string, body: unknown, expected: TraceRead][] = [
    [
      'the trace and what stands beside it',
      { expected: 'x', trace: turns },
      { rest: { expected: 'x' }, trace: known },
    ],
    [
      'a trace as a text',
      { trace: JSON.stringify(turns), off: ['loop'] },
      { rest: { off: ['loop'] }, trace: known },
    ],
    ['no trace', { trace_id: 't1' }, { rest: { trace_id: 't1' } }],
    ['no object', [1, 2], { rest: [1, 2] }],
    ['no JSON', '{"trace":[', { rest: undefined }],
    ['nothing', '', { rest: undefined }],
    ['too deep', `${'['.repeat(21)}${']'.repeat(21)}`, { excess: 'levels' }],
    [
      'too wide',
      Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`f${at}`, 1])),
      { excess: 'fields' },
    ],
  ]
  for (const [what, body, expected] of rows)
    test(`body in pieces, ${name}: ${what}`, () => {
      const { rest, ...told } = read(body, wholeBytes)
      const { rest: expectedRest, ...others } = expected
      assert.deepEqual(rest, expectedRest)
      assert.deepEqual(told, others)
    })

  test(`body in pieces, ${name}: lines of JSON as a text`, () => {
    const { trace } = read({ trace: asLines }, wholeBytes)
    assert.ok(trace?.ok)
    assert.deepEqual(trace, readTrace(asLines))
  })
}

test('body in pieces: of a large one long texts are cut, and that is told', () => {
  const { trace } = read({ trace: [{ role: 'user', content: 'x'.repeat(200_000) }] }, 0)
  assert.ok(trace?.ok)
  assert.match(trace.value.notes?.join() ?? '', /1 long text was cut: of \d+ characters, \d+ were looked at/)
})
