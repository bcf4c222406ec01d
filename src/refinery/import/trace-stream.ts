/** Reads a trace piece by piece: each run is cut to size as it ends, so that a file may be larger than what is kept of it. */

import { JSONParser } from '@streamparser/json'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { type AnalysedTrace, traceFromValues } from './read-trace.ts'
import { type Shortened, shorten } from './shorten.ts'

export interface TraceStream {
  /** UTF-8, in pieces of any size. */
  write(bytes: Uint8Array): void
  /** A fault is the reason in words. */
  end(): Outcome<AnalysedTrace, string>
}

export interface TraceStreamLimits {
  /** A single text keeps so many characters. */
  readonly textCharacters: number
  /** Once so many characters are kept, later texts keep `lateTextCharacters` only. */
  readonly totalCharacters: number
  readonly lateTextCharacters: number
}

export const streamLimits: TraceStreamLimits = {
  textCharacters: 65_536,
  totalCharacters: 32_000_000,
  lateTextCharacters: 1_000,
}

const levels = 100

/** Where the formats keep their lists of runs; what stands there is taken one by one. */
const lists = [
  'runs',
  'post',
  'patch',
  'observations',
  'spans',
  'messages',
  'history',
  'conversation',
] as const
const pathsIn = (place: string) => [
  `${place}.*`,
  ...lists.map((name) => `${place}.${name}.*`),
  `${place}.trace.observations.*`,
  `${place}.resourceSpans.*`,
]

export function createTraceStream(limits: TraceStreamLimits = streamLimits): TraceStream {
  const stream = createValueStream({ limits })
  return {
    write: stream.write,
    end() {
      const read = stream.end()
      return read.ok ? traceWithNotes(read.value) : read
    },
  }
}

/** A fault is the reason in words. */
export function traceWithNotes({ values, notes }: StreamedValues): Outcome<AnalysedTrace, string> {
  const trace = traceFromValues(values)
  return trace.ok && notes.length > 0 ? done({ ...trace.value, notes }) : trace
}

export interface StreamedValues {
  readonly values: readonly unknown[]
  /** What was cut, in words. */
  readonly notes: readonly string[]
  /** The text that stood where the trace was sought, uncut. */
  readonly text?: string
}

export interface ValueStream {
  write(bytes: Uint8Array): void
  end(): Outcome<StreamedValues, string>
}

export interface ValueStreamOptions {
  readonly limits?: TraceStreamLimits
  /** Where the trace stands in the value; it is the value itself where absent. */
  readonly field?: string
}

/** The JSON values of a text, cut to size as they are read. */
export function createValueStream({ limits = streamLimits, field }: ValueStreamOptions): ValueStream {
  const state = { kept: 0, texts: 0, lost: 0, nests: 0, fault: undefined as string | undefined }
  let text: string | undefined
  const paths = field === undefined ? ['$', ...pathsIn('$')] : ['$', `$.${field}`, ...pathsIn(`$.${field}`)]
  const values: unknown[] = []
  /** The runs taken from each list, which is emptied as it is read. */
  let taken = new Map<object, unknown[]>()
  const keep = (value: unknown): unknown => {
    const isLate = state.kept > limits.totalCharacters
    const short: Shortened = shorten(value, {
      textCharacters: isLate ? limits.lateTextCharacters : limits.textCharacters,
      levels,
      before: taken,
    })
    state.kept += short.characters
    state.texts += short.texts
    state.lost += short.lost
    state.nests += short.nests
    return short.value
  }
  // With the empty separator, values may follow one another: JSON lines.
  const parser = new JSONParser({ paths, separator: '', stringBufferSize: 65_536 })
  parser.onError = (error) => {
    state.fault ??= error.message
  }
  parser.onValue = ({ value, key, parent }) => {
    if (
      field !== undefined &&
      key === field &&
      typeof value === 'string' &&
      parent &&
      !Array.isArray(parent)
    ) {
      text = value
      Object.assign(parent, { [field]: '' })
    } else if (parent === undefined) {
      values.push(keep(value))
      taken = new Map()
    } else if (Array.isArray(parent)) {
      const list = taken.get(parent) ?? []
      list.push(keep(value))
      taken.set(parent, list)
      parent.length -= 1
    }
  }
  return {
    write: (bytes) => {
      if (state.fault === undefined) guarded(state, () => parser.write(bytes))
    },
    end: () => {
      if (state.fault === undefined && !parser.isEnded) guarded(state, () => parser.end())
      return finished(values, state, text)
    },
  }
}

function guarded(state: { fault: string | undefined }, act: () => void): void {
  try {
    act()
  } catch (error) {
    state.fault ??= reasonOf(error)
  }
}

interface Read {
  readonly kept: number
  readonly texts: number
  readonly lost: number
  readonly nests: number
  readonly fault: string | undefined
}

function finished(
  values: readonly unknown[],
  { kept, texts, lost, nests, fault }: Read,
  text: string | undefined,
): Outcome<StreamedValues, string> {
  if (fault !== undefined)
    return failed(`it is neither JSON nor one JSON value a line: ${fault.slice(0, 200)}`)
  const notes = [
    ...(texts > 0
      ? [
          `${texts} long ${texts === 1 ? 'text was' : 'texts were'} cut: of ${kept + lost} characters, ${kept} were looked at`,
        ]
      : []),
    ...(nests > 0 ? [`${nests} lists or records were nested deeper than ${levels} levels and left out`] : []),
  ]
  return done({ values, notes, ...(text === undefined ? {} : { text }) })
}
