/** From the bytes of an ingest request to what they say of runs: unpacking, the SDK's multipart form, protobuf. */

import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { parseJson } from '../../base/text.ts'
import type { RunUpdate } from '../../protocol/run.ts'
import { readLangSmith, readLangSmithRun } from '../import/langsmith.ts'
import { asList, asLoose } from '../import/loose.ts'
import { readOtlp } from '../import/otlp.ts'
import { readOtlpProtobuf } from '../import/otlp-protobuf.ts'

export type IngestFormat = 'otlp' | 'langsmith_run' | 'langsmith_batch' | 'langsmith_multipart'

export interface IngestBody {
  readonly format: IngestFormat
  readonly bytes: Uint8Array
  readonly contentType: string
  /** `gzip`, `zstd`, `deflate`, `br`, `identity` or empty. */
  readonly encoding: string
  /** The run a patch speaks of, where the path names it. */
  readonly runId?: string
}

/** Unpacked bodies are at most this large: a small packed body may hold gigabytes. */
const unpackedLimitBytes = 256 * 1_024 * 1_024

type Unpack = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  zstd: zstdDecompressSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
}

export function unpack(
  bytes: Uint8Array,
  encoding: string,
  limitBytes = unpackedLimitBytes,
): Outcome<Uint8Array, string> {
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return done(bytes)
  const unpacker = Object.hasOwn(unpackers, name) ? unpackers[name] : undefined
  if (unpacker === undefined) return failed(`content-encoding ${name} is not known`)
  try {
    return done(unpacker(bytes, { maxOutputLength: limitBytes }))
  } catch (error) {
    return failed(`the body is not valid ${name}: ${reasonOf(error)}`)
  }
}

/** A fault is the reason in words, for the sender. */
export async function readIngest(body: IngestBody): Promise<Outcome<readonly RunUpdate[], string>> {
  const bytes = unpack(body.bytes, body.encoding)
  if (!bytes.ok) return bytes
  if (body.format === 'otlp' && /^application\/(x-)?protobuf/i.test(body.contentType)) {
    const read = readOtlpProtobuf(bytes.value)
    return read.ok ? done(readOtlp(read.value) ?? []) : failed(`not an OTLP trace: ${read.fault}`)
  }
  if (body.format === 'langsmith_multipart') return readMultipart(bytes.value, body.contentType)
  const value = parseJson(new TextDecoder().decode(bytes.value))
  return value === undefined ? failed('the body is not valid JSON') : fromJson(value, body)
}

function fromJson(value: unknown, { format, runId }: IngestBody): Outcome<readonly RunUpdate[], string> {
  if (format === 'otlp') {
    const spans = readOtlp(value)
    return spans ? done(spans) : failed('an OTLP trace has resourceSpans')
  }
  if (format === 'langsmith_batch') {
    const runs = readLangSmith(value)
    return runs ? done(runs) : failed('a batch has post and patch, lists of runs')
  }
  const run = readLangSmithRun({ ...(runId === undefined ? {} : { id: runId }), ...asLoose(value) })
  return run ? done([run]) : failed('a run has an id')
}

/** Fields that the SDK sends as parts of their own. */
const ownParts = new Set(['inputs', 'outputs', 'events', 'extra', 'error', 'serialized'])

/** Parts are named `post.ID`, `patch.ID`, and `post.ID.inputs` and so on; attachments are named and not kept. */
async function readMultipart(
  bytes: Uint8Array,
  contentType: string,
): Promise<Outcome<readonly RunUpdate[], string>> {
  let form: FormData
  try {
    form = await new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': contentType },
    }).formData()
  } catch {
    return failed('the body is not valid multipart/form-data')
  }
  const runs = new Map<string, Record<string, unknown>>()
  const attachments = new Map<string, string[]>()
  for (const [name, part] of form) {
    const [method = '', id = '', ...rest] = name.split('.')
    if (method === 'attachment') attachments.set(id, [...(attachments.get(id) ?? []), rest.join('.')])
    if (method !== 'post' && method !== 'patch') continue
    const value = parseJson(typeof part === 'string' ? part : await part.text())
    if (value === undefined) return failed(`part ${name.slice(0, 100)} is not valid JSON`)
    const key = `${method}.${id}`
    const run = runs.get(key) ?? { id }
    const field = rest[0]
    if (field === undefined) runs.set(key, { ...asLoose(value), ...run })
    else if (ownParts.has(field)) runs.set(key, { ...run, [field]: value })
  }
  return done([...runs.values()].flatMap((run) => withAttachments(run, attachments) ?? []))
}

function withAttachments(
  run: Readonly<Record<string, unknown>>,
  attachments: ReadonlyMap<string, readonly string[]>,
): RunUpdate | undefined {
  const update = readLangSmithRun(run)
  const names = attachments.get(String(run['id'])) ?? asList(undefined)
  if (update === undefined || names === undefined) return update
  return { ...update, metadata: { ...update.metadata, attachmentsNotKept: names } }
}
