/** An analysis as its endpoints tell it. */

import { analysisRecord } from '../../refinery/report/json.ts'
import type { AnalysisNote } from './analysis-note.ts'

type Json = Readonly<Record<string, unknown>>

/** Without the analysis itself and its progress, as it stands in a list. */
export function writeSummary(note: AnalysisNote): Json {
  const { id, traceId, status, model, plan, error, createdAtMs, endedAtMs, analysis } = note
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
    method: analysis?.method ?? null,
    outcome: analysis?.outcome ?? null,
    summary: analysis?.summary ?? null,
  }
}

export const writeWhole = (note: AnalysisNote): Json => ({
  ...writeSummary(note),
  expected: note.expected,
  progress: note.progress,
  analysis: note.analysis ? analysisRecord(note.analysis) : null,
})
