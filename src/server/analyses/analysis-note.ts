/** An analysis as it is remembered: what was asked, how far it has come, and what came of it. */

import type { Note } from '../../record/batch/note-folder.ts'
import type { WrittenAnalysis } from '../../refinery/report/written-analysis.ts'
import type { AnalysisPlan, StageProgress } from '../../refinery/stages/stage-progress.ts'

export type AnalysisStatus = 'running' | 'completed' | 'failed' | 'cancelled'

export interface AnalysisNote extends Note {
  readonly tenant: string
  readonly traceId: string
  readonly expected: string
  /** Absent where the detectors alone analyse. */
  readonly model?: string
  readonly status: AnalysisStatus
  readonly plan?: AnalysisPlan
  readonly progress: readonly StageProgress[]
  /** What lists show of it; the whole is kept beside the note. */
  readonly result?: Pick<WrittenAnalysis, 'method' | 'outcome' | 'summary'>
  /** Why it failed, in words. */
  readonly error?: string
  /** Ms since 1970. */
  readonly createdAtMs: number
  readonly endedAtMs?: number
}

export const isOver = ({ status }: Pick<AnalysisNote, 'status'>): boolean => status !== 'running'
