/** An analysis as its endpoints tell it. */

import type { AnalysisNote } from './analysis-note.ts'

type Json = Readonly<Record<string, unknown>>

/** Without the analysis itself and its progress, as it stands in a list. */
export function writeSummary(note: AnalysisNote): Json {
  const { id, traceId, status, model, plan, result, error, createdAtMs, endedAtMs } = note
  return {
    id,
    object: 'analysis',
    trace_id: traceId,
    status,
    model: model ?? null,
    created_at: new Date(createdAtMs).toISOString(),
    ended_at: endedAtMs === undefined ? null : new Date(endedAtMs).toISOString(),
    plan: plan ?? null,
    error: error ?? null,
    method: result?.method ?? null,
    outcome: result?.outcome ?? null,
    summary: result?.summary ?? null,
  }
}

/** UTF-8 JSON; what was found goes in as it is kept. */
export function writeWhole(note: AnalysisNote, result: Uint8Array | undefined): Buffer {
  const { expected, progress } = note
  const head = { ...writeSummary(note), expected, progress }
  if (!result) return Buffer.from(JSON.stringify({ ...head, analysis: null }))
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head).slice(0, -1)},"analysis":`),
    result,
    Buffer.from('}'),
  ])
}
