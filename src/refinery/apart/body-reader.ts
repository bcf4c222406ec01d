/** Reads what comes to the thread of a trace in pieces: the trace itself, or a request's body that holds it. */

import type { JsonLimits } from '../../base/json-depth.ts'
import { createJsonGauge } from '../../base/json-gauge.ts'
import { failed, type Outcome } from '../../base/outcome.ts'
import { isRecord, parseJsonOfKnownDepth, textPieces } from '../../base/text.ts'
import { type AnalysedTrace, readTrace, traceFromValues } from '../import/read-trace.ts'
import { shorten } from '../import/shorten.ts'
import { traceFromStore } from '../import/stored-trace.ts'
import { createTraceStream, createValueStream, traceWithNotes } from '../import/trace-stream.ts'

/** What can be told of it without the trace. */
export interface BodyRead {
  /** What of the limits the body passes; then nothing else is told. */
  readonly excess?: keyof JsonLimits
  /** The body without its trace, long texts cut; undefined where it is not JSON. */
  readonly rest?: unknown
  /** Absent where the body has none. A fault is the reason in words. */
  readonly trace?: Outcome<{ readonly id: string }, string>
}

export interface TraceRead extends Omit<BodyRead, 'trace'> {
  readonly trace?: Outcome<AnalysedTrace, string>
}

export interface PieceReader {
  write(bytes: Uint8Array): void
  end(): TraceRead
}

export function readTracePieces(): PieceReader {
  const stream = createTraceStream()
  return { write: stream.write, end: () => ({ trace: stream.end() }) }
}

export function readStoredPieces(): PieceReader {
  const pieces: Uint8Array[] = []
  return {
    write: (bytes) => void pieces.push(bytes),
    end() {
      const trace = traceFromStore(Buffer.concat(pieces).toString('utf8'))
      return { trace: trace ? { ok: true, value: trace } : failed('the stored trace cannot be read') }
    },
  }
}

/** Bodies above this are read piece by piece and their long texts cut, as files are. */
const largeBytes = 8 * 1024 * 1024
/** A text is given to a stream in pieces of so many UTF-16 units. */
const pieceUnits = 65_536

export function readBodyPieces(limits: JsonLimits, wholeBytes: number = largeBytes): PieceReader {
  const gauge = createJsonGauge(limits)
  const stream = createValueStream({ field: 'trace' })
  let whole: Uint8Array[] = []
  let bytes = 0
  let excess: keyof JsonLimits | undefined
  return {
    write(piece) {
      excess ??= gauge.push(piece)
      if (excess !== undefined) return
      bytes += piece.length
      whole.push(piece)
      if (bytes <= wholeBytes) return
      for (const one of whole) stream.write(one)
      whole = []
    },
    end() {
      if (excess !== undefined) return { excess }
      return bytes > wholeBytes ? fromStream(stream.end()) : fromWhole(Buffer.concat(whole).toString('utf8'))
    },
  }
}

function fromWhole(text: string): TraceRead {
  const value = parseJsonOfKnownDepth(text)
  if (!isRecord(value)) return { rest: value }
  const { trace, ...rest } = value
  return { rest: cutRest(rest), ...(trace === undefined ? {} : { trace: traceOf(trace) }) }
}

const traceOf = (trace: unknown) => (typeof trace === 'string' ? readTrace(trace) : traceFromValues([trace]))

function fromStream(read: ReturnType<ReturnType<typeof createValueStream>['end']>): TraceRead {
  if (!read.ok || read.value.values.length !== 1) return {}
  const { values, notes, text } = read.value
  const [value] = values
  if (!isRecord(value)) return { rest: value }
  const { trace, ...rest } = value
  if (text !== undefined) {
    const stream = createTraceStream()
    for (const piece of textPieces(text, pieceUnits)) stream.write(Buffer.from(piece, 'utf8'))
    return { rest: cutRest(rest), trace: stream.end() }
  }
  return {
    rest: cutRest(rest),
    ...(trace === undefined ? {} : { trace: traceWithNotes({ values: [trace], notes }) }),
  }
}

/** No field beside the trace may be as long; whoever checks them need not carry more. */
const restLimits = { textCharacters: 65_536, levels: 8 }

const cutRest = (rest: Readonly<Record<string, unknown>>): unknown => shorten(rest, restLimits).value
