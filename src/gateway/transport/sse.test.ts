import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSseReader } from './sse.ts'

const read = (chunks: readonly Uint8Array[]) => {
  const reader = createSseReader()
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()]
}

const rows: readonly [name: string, text: string, data: readonly string[]][] = [
  ['line feeds', 'data: a\n\ndata: b\n\n', ['a', 'b']],
  ['carriage returns', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['both', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['a carriage return inside ends the line', 'data: a\rb\n\ndata: c\n\n', ['a', 'c']],
  ['no space before the data', 'data:a\n\n', ['a']],
  ['more empty lines than one', 'data: a\n\n\ndata: b\n\n', ['a', '', 'b']],
  ['several data lines are joined', 'data: a\ndata: b\n\n', ['a\nb']],
  ['only one leading space is taken', 'data:  a\n\n', [' a']],
  ['a comment has no data', ': ping\n\n', ['']],
  ['characters of four bytes', 'data: 日本 🙂\n\n', ['日本 🙂']],
  ['a byte order mark is not data', '\ufeffdata: a\n\n', ['a']],
  ['a whole last line counts', 'data: a\n', ['a']],
  ['half a last line does not', 'data: a\n\ndata: b', ['a']],
]

for (const [name, text, data] of rows) {
  test(`sse: ${name}, split at every byte`, () => {
    const bytes = new TextEncoder().encode(text)
    for (let at = 0; at <= bytes.length; at += 1) {
      const events = read([bytes.subarray(0, at), bytes.subarray(at)])
      assert.deepEqual(
        events.map((event) => event.data),
        data,
        `split at ${at}`,
      )
    }
    const single = read([...bytes].map((byte) => Uint8Array.of(byte)))
    assert.deepEqual(
      single.map((event) => event.data),
      data,
    )
  })
}

test('sse: one event behind half of another belongs to it', () => {
  const pieces = ['data: a\n', 'data: b\n\n', 'event: x\n', 'data: c\n\n'].map((one) =>
    new TextEncoder().encode(one),
  )
  assert.deepEqual(read(pieces), [
    { data: 'a\nb', raw: 'data: a\ndata: b\n\n' },
    { event: 'x', data: 'c', raw: 'event: x\ndata: c\n\n' },
  ])
})

test('sse: the raw texts of all events are the stream', () => {
  const text = ': hello\n\nevent: x\r\ndata: {"a":1}\r\n\r\ndata: b\n\n'
  const raw = read([new TextEncoder().encode(text)]).map((event) => event.raw)
  assert.equal(raw.join(''), text)
})

const latin = Uint8Array.of(
  ...new TextEncoder().encode('data: na'),
  0xef,
  ...new TextEncoder().encode('ve\n\n'),
)
const flaws: readonly [name: string, chunks: readonly Uint8Array[], flaw: RegExp | undefined][] = [
  ['a good stream', [new TextEncoder().encode('data: a\n\n')], undefined],
  ['a byte that is not UTF-8', [latin], /not UTF-8/],
  ['half a character at the end', [new TextEncoder().encode('data: \u65e5').subarray(0, 8)], /not UTF-8/],
  ['a line without end', Array.from({ length: 300 }, () => new Uint8Array(65_536).fill(120)), /larger/],
  [
    'lines without a blank one, without end',
    Array.from({ length: 300 }, () => new TextEncoder().encode(`data: ${'x'.repeat(65_000)}\n`)),
    /larger/,
  ],
]
for (const [name, chunks, flaw] of flaws)
  test(`sse: flaw of ${name}`, () => {
    const reader = createSseReader()
    for (const chunk of chunks) reader.push(chunk)
    reader.end()
    if (flaw) assert.match(reader.flaw() ?? '', flaw)
    else assert.equal(reader.flaw(), undefined)
  })

test('sse: a line of 8 MB in small pieces is read in a moment', () => {
  const reader = createSseReader()
  const piece = new Uint8Array(4_096).fill(120)
  const startMs = performance.now()
  reader.push(new TextEncoder().encode('data: '))
  for (let at = 0; at < 2_048; at += 1) reader.push(piece)
  const events = reader.push(new TextEncoder().encode('\n\n'))
  assert.equal(events[0]?.data.length, 2_048 * 4_096)
  assert.ok(performance.now() - startMs < 1_000)
})

test('sse: what stands before bytes that are not UTF-8 is read all the same, and nothing after them', () => {
  const reader = createSseReader()
  const bytes = Buffer.concat([
    Buffer.from('data: ä\n\ndata: b\n\ndata: c'),
    Buffer.of(0xff),
    Buffer.from('\n\n'),
  ])
  assert.deepEqual(
    reader.push(bytes).map(({ data }) => data),
    ['ä', 'b'],
  )
  assert.equal(reader.flaw(), 'the stream is not UTF-8')
  assert.deepEqual([reader.push(Buffer.from('data: d\n\n')), reader.end()], [[], []])
})
