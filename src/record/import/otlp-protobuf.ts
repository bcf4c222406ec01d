/** OTLP's protobuf form, read into the shape of its JSON form. */

import { PbfReader } from 'pbf'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'

type Fields = Record<string, unknown>
/** What stands under a field's number: its name in JSON and how it is read. */
type Reader = readonly [name: string, read: (pbf: PbfReader) => unknown, repeats?: 'list']

/** Attributes hold values that hold values; a writer that nests deeper is not honest. */
const deepest = 64

const text = (pbf: PbfReader) => pbf.readString()
const hex = (pbf: PbfReader) => Buffer.from(pbf.readBytes()).toString('hex')
const base64 = (pbf: PbfReader) => Buffer.from(pbf.readBytes()).toString('base64')

/** All 64 bits, as the JSON form writes them. */
function fixed64(pbf: PbfReader): string {
  const low = BigInt(pbf.readFixed32())
  return ((BigInt(pbf.readFixed32()) << 32n) | low).toString()
}

function message(readers: Readonly<Record<number, Reader>>, depth: () => number = () => 0) {
  return (pbf: PbfReader): Fields => {
    if (depth() > deepest) throw new Error('nested too deep')
    return pbf.readMessage<Fields>((tag, into) => readField(readers[tag], into, pbf), {})
  }
}

function readField(reader: Reader | undefined, into: Fields, pbf: PbfReader): void {
  if (reader === undefined) return
  const [name, read, repeats] = reader
  const value = read(pbf)
  const list = into[name]
  if (repeats === undefined) into[name] = value
  else if (Array.isArray(list)) list.push(value)
  else into[name] = [value]
}

let depth = 0
/** Counts how deep the values stand in each other. */
function anyValue(pbf: PbfReader): Fields {
  depth += 1
  try {
    return readAnyValue(pbf)
  } finally {
    depth -= 1
  }
}

const keyValue = message({ 1: ['key', text], 2: ['value', anyValue] })
const readAnyValue = message(
  {
    1: ['stringValue', text],
    2: ['boolValue', (pbf) => pbf.readBoolean()],
    3: ['intValue', (pbf) => pbf.readVarint(true)],
    4: ['doubleValue', (pbf) => pbf.readDouble()],
    5: ['arrayValue', message({ 1: ['values', anyValue, 'list'] })],
    6: ['kvlistValue', message({ 1: ['values', keyValue, 'list'] })],
    7: ['bytesValue', base64],
  },
  () => depth,
)
const event = message({
  1: ['timeUnixNano', fixed64],
  2: ['name', text],
  3: ['attributes', keyValue, 'list'],
})
const status = message({ 2: ['message', text], 3: ['code', (pbf) => pbf.readVarint()] })
const span = message({
  1: ['traceId', hex],
  2: ['spanId', hex],
  3: ['traceState', text],
  4: ['parentSpanId', hex],
  5: ['name', text],
  6: ['kind', (pbf) => pbf.readVarint()],
  7: ['startTimeUnixNano', fixed64],
  8: ['endTimeUnixNano', fixed64],
  9: ['attributes', keyValue, 'list'],
  11: ['events', event, 'list'],
  15: ['status', status],
})
const scope = message({ 1: ['name', text], 2: ['version', text] })
const scopeSpans = message({ 1: ['scope', scope], 2: ['spans', span, 'list'] })
const resource = message({ 1: ['attributes', keyValue, 'list'] })
const resourceSpans = message({ 1: ['resource', resource], 2: ['scopeSpans', scopeSpans, 'list'] })
const request: Readonly<Record<number, Reader>> = { 1: ['resourceSpans', resourceSpans, 'list'] }

/** `ExportTraceServiceRequest` as `{ resourceSpans }`; a fault is the reason in words. */
export function readOtlpProtobuf(bytes: Uint8Array): Outcome<Fields, string> {
  depth = 0
  try {
    const pbf = new PbfReader(bytes)
    const read = pbf.readFields<Fields>((tag, into) => readField(request[tag], into, pbf), {})
    // An empty export is valid; bytes that run past their end are not.
    return pbf.pos > bytes.length ? failed('the message is cut') : done({ resourceSpans: [], ...read })
  } catch (error) {
    return failed(reasonOf(error))
  }
}
