/** Labelled failures, stripped of every label before a detector sees them. */

import { globSync, readFileSync } from 'node:fs'
import { isRecord } from '../../src/base/text.ts'
import { type AnalysedTrace, readTrace } from '../../src/refinery/import/read-trace.ts'

export interface Labelled {
  readonly trace: AnalysedTrace
  readonly agent: string
  /** Place among the trace's runs, from 0. */
  readonly step: number
  readonly category?: string
}

function mustRead(text: string): AnalysedTrace {
  const read = readTrace(text)
  if (!read.ok) throw new Error(read.fault)
  return read.value
}

const withoutRemark = (name: string) => name.replace(/\s*\([^)]*\)\s*$/, '')

/** Only the messages go in: name, role and content. */
export function conversations(folder: string): readonly Labelled[] {
  return globSync(`${folder}/*.json`)
    .sort()
    .map((file) => {
      const given = JSON.parse(readFileSync(file, 'utf8'))
      return {
        trace: mustRead(JSON.stringify(strippedConversation(given))),
        agent: withoutRemark(String(given.mistake_agent)),
        step: Number(given.mistake_step),
      }
    })
}

export function strippedConversation(given: { readonly history: readonly unknown[] }): unknown {
  return given.history.map((turn) => {
    const { name, role, content } = isRecord(turn) ? turn : {}
    return { name, role, content }
  })
}

/** Spans of simulated agents; the truth lies in a file beside each. */
export function spanTraces(folder: string): readonly Labelled[] {
  return globSync(`${folder}/*.otel.json`)
    .sort()
    .map((file) => {
      const truth = JSON.parse(readFileSync(file.replace('.otel.json', '.ground_truth.json'), 'utf8'))
      const trace = mustRead(JSON.stringify(strippedSpans(JSON.parse(readFileSync(file, 'utf8')))))
      const step = Number(truth.critical_failure_step)
      return { trace, agent: trace.runs[step]?.name ?? '', step, category: String(truth.failure_category) }
    })
}

/** Task and experiment metadata, and events that tell of an injected fault, are the answer in other words. */
const leaks = /^(task|experiment|run|fault|injection)[._]/

export function strippedSpans(given: { readonly spans: readonly Record<string, unknown>[] }): unknown {
  const spans = given.spans.map((span) => ({
    ...span,
    attributes: isRecord(span['attributes'])
      ? Object.fromEntries(Object.entries(span['attributes']).filter(([name]) => !leaks.test(name)))
      : {},
    events: Array.isArray(span['events'])
      ? span['events'].filter((event) => isRecord(event) && !leaks.test(String(event['name'])))
      : [],
  }))
  return { spans }
}
