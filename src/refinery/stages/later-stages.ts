/** The stages behind the first: gaps, diagnosis and synthesis, from what the first one found. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { askStage } from './ask-stage.ts'
import type { CitationBook } from './check-citations.ts'
import type { MergedTrace } from './merge-groups.ts'
import { sendable } from './run-text.ts'
import type { StageRun } from './stage-run.ts'
import type { Diagnosis, GapAnalysis, Synthesis } from './stage-schemas.ts'
import { diagnosisSections, gapSections, shortened, synthesisSections } from './stage-sections.ts'
import { callTokens, laterCap } from './stage-settings.ts'

export interface LaterCame {
  readonly gaps: Gaps
  readonly diagnosis?: Diagnosis
  readonly synthesis?: Synthesis
  /** Stages that failed, with why. */
  readonly troubles: readonly string[]
}

type Gaps = GapAnalysis['gaps']

export async function askLater(run: StageRun, merged: MergedTrace, book: CitationBook): Promise<LaterCame> {
  if (merged.timeline.length === 0)
    return { gaps: [], troubles: ['no group of the trace could be evaluated'] }
  const { merged: read, notes } = withinRoom(merged, roomIn(run))
  const gaps = await askGaps(run, read, book)
  const found = gaps.ok ? gaps.value : []
  const diagnosis = await askDiagnosis(run, read, found)
  const synthesis = diagnosis.ok
    ? await askSynthesis(run, found, diagnosis.value)
    : failed('there is no diagnosis to sum up')
  run.onProgress({ kind: 'stage4_complete', isOk: synthesis.ok })
  return {
    gaps: found,
    ...(diagnosis.ok ? { diagnosis: diagnosis.value } : {}),
    ...(synthesis.ok ? { synthesis: synthesis.value } : {}),
    troubles: [
      ...notes,
      ...(gaps.ok ? [] : [`The gap analysis could not be evaluated: ${gaps.fault}`]),
      ...(diagnosis.ok ? [] : [`The diagnosis could not be evaluated: ${diagnosis.fault}`]),
      ...(synthesis.ok || !diagnosis.ok ? [] : [`The synthesis could not be evaluated: ${synthesis.fault}`]),
    ],
  }
}

/** None where nothing was expected. */
async function askGaps(
  run: StageRun,
  merged: MergedTrace,
  book: CitationBook,
): Promise<Outcome<Gaps, string>> {
  const { desk, asked, later, onProgress, onLeft } = run
  const isExpected = later.includes('gap_analysis')
  const came: Outcome<Pick<GapAnalysis, 'gaps'>, string> = isExpected
    ? await askStage(desk, {
        stage: 'gap_analysis',
        sections: gapSections(asked, merged),
        maxOutputTokens: capOf(run),
      })
    : done({ gaps: [] })
  onProgress({ kind: 'stage2_complete', isOk: came.ok })
  if (isExpected) onLeft({ groups: [], later: ['diagnosis', 'synthesis'] })
  if (!came.ok) return came
  return done(came.value.gaps.map((gap) => ({ ...gap, citations: [...book.check(gap.citations)] })))
}

async function askDiagnosis(
  run: StageRun,
  merged: MergedTrace,
  gaps: Gaps,
): Promise<Outcome<Diagnosis, string>> {
  const { desk, asked, retrieval, onProgress, onLeft } = run
  const came = await askStage(desk, {
    stage: 'diagnosis',
    sections: [...diagnosisSections({ asked, merged, gaps, ...hintsOf(run) }), ...(await retrieval.found())],
    maxOutputTokens: capOf(run),
  })
  onProgress({ kind: 'stage3_complete', isOk: came.ok })
  if (came.ok) onLeft({ groups: [], later: ['synthesis'] })
  return came
}

const askSynthesis = (run: StageRun, gaps: Gaps, diagnosis: Diagnosis): Promise<Outcome<Synthesis, string>> =>
  askStage(run.desk, {
    stage: 'synthesis',
    sections: synthesisSections(run.asked, gaps, diagnosis),
    maxOutputTokens: capOf(run),
  })

const capOf = ({ settings, prepared }: StageRun) => laterCap(settings, prepared.texts.length)

/** Characters of one list among the material of a later stage; three characters a token is on the safe side. */
function roomIn(run: StageRun): number {
  const tokens = callTokens(run.settings) - capOf(run) - 4_000
  return Math.max(2_000, tokens) * 3 * 0.3
}

const rank = { error: 0, warning: 1, decision_point: 2, milestone: 3 } as const

/** Errors and warnings go first where not all fits; what was left out is told. */
function withinRoom(
  merged: MergedTrace,
  room: number,
): { readonly merged: MergedTrace; readonly notes: readonly string[] } {
  const byWeight = merged.events.toSorted((one, other) => rank[one.event_type] - rank[other.event_type])
  const events = shortened(byWeight, room)
  const evidence = shortened(merged.evidence, room)
  const timeline = shortened(merged.timeline, room)
  const left = events.left + evidence.left + timeline.left
  return {
    merged: { ...merged, events: events.kept, evidence: evidence.kept, timeline: timeline.kept },
    notes:
      left === 0
        ? []
        : [`${left} entries of the first stage were too many for the later stages and stayed behind`],
  }
}

const mostHints = 12
const promptCharacters = 6_000

function hintsOf({ failures, prepared }: StageRun) {
  const hints = failures.findings
    .slice(0, mostHints)
    .map(({ runId, category, part, says, quote, confidence, remedy = '' }) => ({
      run_id: runId,
      category,
      part,
      says: sendable(says),
      quote: sendable(quote),
      confidence,
      remedy: sendable(remedy),
    }))
  const seen = new Set<string>()
  const prompts = prepared.texts.flatMap(({ runId, sections }) =>
    sections
      .filter(({ title, text }) => title === 'input system' && !seen.has(text) && seen.add(text))
      .map(({ text }) => ({ run_id: runId, text: text.slice(0, promptCharacters) })),
  )
  return { hints, prompts: shortened(prompts, 4 * promptCharacters).kept }
}
