import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { PbfWriter } from 'pbf'
import { readOtlpProtobuf } from '../import/otlp-protobuf.ts'
import { type IngestBody, readIngest, unpack } from './ingest-body.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const body = (format: IngestBody['format'], text: string, rest: Partial<IngestBody> = {}): IngestBody => ({
  format,
  bytes: bytes(text),
  contentType: 'application/json',
  encoding: '',
  ...rest,
})
const run =
  '{"id":"r1","name":"n","run_type":"llm","trace_id":"r1","inputs":{"messages":[{"role":"user","content":"Hi"}]}}'
const otlp = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"s","name":"n"}]}]}]}'
const boundary = '----X'
const multipart = (parts: readonly [name: string, text: string, type?: string][]) =>
  `${parts
    .map(
      ([name, text, type = 'application/json']) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}; length=${text.length}\r\n\r\n${text}\r\n`,
    )
    .join('')}--${boundary}--\r\n`
const contentType = `multipart/form-data; boundary=${boundary}`

const rows: readonly [name: string, given: IngestBody, expected: string][] = [
  ['a run', body('langsmith_run', run), 'r1 n'],
  [
    'a patch, named by its path',
    body('langsmith_run', '{"name":"n","end_time":1728803138285}', { runId: 'r9' }),
    'r9 n',
  ],
  ['a batch', body('langsmith_batch', `{"post":[${run}],"patch":[]}`), 'r1 n'],
  ['an OTLP export', body('otlp', otlp), 's n'],
  ['packed by gzip', { ...body('otlp', ''), bytes: gzipSync(otlp), encoding: 'gzip' }, 's n'],
  ['packed by zstd', { ...body('otlp', ''), bytes: zstdCompressSync(otlp), encoding: 'zstd' }, 's n'],
  [
    'the SDK’s multipart: fields in parts of their own',
    body(
      'langsmith_multipart',
      multipart([
        ['post.r1', '{"id":"r1","name":"n","trace_id":"r1"}'],
        ['post.r1.inputs', '{"messages":[{"role":"user","content":"Hi"}]}'],
        ['patch.r2', '{"name":"m"}'],
        ['patch.r2.outputs', '{"x":1}'],
        ['attachment.r1.picture', 'GIF89a', 'image/gif'],
      ]),
      { contentType },
    ),
    'r1 n Hi {"attachmentsNotKept":["picture"]}, r2 m',
  ],
  ['no JSON', body('otlp', '{'), 'refused: the body is not valid JSON'],
  ['JSON of another kind', body('otlp', '{}'), 'refused: an OTLP trace has resourceSpans'],
  [
    'a batch that is none',
    body('langsmith_batch', '3'),
    'refused: a batch has post and patch, lists of runs',
  ],
  ['a run without an id', body('langsmith_run', '{"name":"n"}'), 'refused: a run has an id'],
  [
    'an unknown packing',
    body('otlp', otlp, { encoding: 'lzma' }),
    'refused: content-encoding lzma is not known',
  ],
  [
    'multipart cut off',
    body('langsmith_multipart', multipart([['post.r1', '{}']]).slice(0, 60), { contentType }),
    'refused: the body is not valid multipart/form-data',
  ],
  [
    'a part that is no JSON',
    body('langsmith_multipart', multipart([['post.r1', '{']]), { contentType }),
    'refused: part post.r1 is not valid JSON',
  ],
]
for (const [name, given, expected] of rows) {
  test(`ingest: ${name}`, async () => {
    const read = await readIngest(given)
    const told = read.ok
      ? read.value
          .map((one) =>
            [
              one.id,
              one.name,
              one.messages?.input[0]?.text,
              one.metadata && Object.keys(one.metadata).length > 0 && given.format !== 'otlp'
                ? JSON.stringify(one.metadata)
                : undefined,
            ]
              .filter((part) => part !== undefined)
              .join(' '),
          )
          .join(', ')
      : `refused: ${read.fault}`
    assert.equal(told.replace(/^r1 n Hi$/, 'r1 n'), expected)
  })
}

test('ingest: a small body that unpacks to more than the bound is refused', () => {
  const bomb = gzipSync(Buffer.alloc(2_000_000))
  assert.ok(bomb.length < 4_000)
  assert.equal(unpack(bomb, 'gzip', 1_000_000).ok, false)
  assert.equal(unpack(bomb, 'gzip', 3_000_000).ok, true)
})

test('ingest: protobuf that is cut, or nested without end, is refused and ends', () => {
  const writer = new PbfWriter()
  const nest = (depth: number, pbf: PbfWriter): void => {
    if (depth > 0)
      pbf.writeMessage(
        5,
        (_: unknown, inner: PbfWriter) => inner.writeMessage(1, () => nest(depth - 1, inner), {}),
        {},
      )
  }
  const deep = (_: unknown, pbf: PbfWriter) => nest(200, pbf)
  writer.writeMessage(
    1,
    (_: unknown, resource) =>
      resource.writeMessage(
        1,
        (__: unknown, inner) =>
          inner.writeMessage(1, (___: unknown, pair) => pair.writeMessage(2, deep, {}), {}),
        {},
      ),
    {},
  )
  const nested = readOtlpProtobuf(writer.finish())
  assert.deepEqual(nested, { ok: false, fault: 'nested too deep' })
  assert.equal(readOtlpProtobuf(new Uint8Array([10, 200, 1, 10, 5])).ok, false)
  assert.equal(readOtlpProtobuf(bytes('no protobuf at all')).ok, false)
})
