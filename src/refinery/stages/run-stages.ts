/** The four stages: groups of the trace side by side, then gaps, diagnosis and synthesis, each held to what was really said. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { redact } from '../../record/redact.ts'
import type { Failures } from '../find-failures.ts'
import { askStage, type StageDesk } from './ask-stage.ts'
import { type CitationBook, openCitations } from './check-citations.ts'
import { type GroupAnswer, type MergedTrace, mergeGroups } from './merge-groups.ts'
import type { Prepared, PreparedGroup } from './prepare-stages.ts'
import type { Retrieval } from './retrieval/retrieval.ts'
import { sendable } from './run-text.ts'
import type { StageProgress } from './stage-progress.ts'
import { type Diagnosis, type GapAnalysis, laterStages, type Stage, type Synthesis } from './stage-schemas.ts'
import { type Asked, diagnosisSections, gapSections, shortened, synthesisSections } from './stage-sections.ts'
import { callTokens, laterCap, type StageSettings } from './stage-settings.ts'

export interface StageRun {
  readonly desk: StageDesk
  readonly prepared: Prepared
  readonly asked: Asked
  readonly failures: Failures
  readonly settings: StageSettings
  readonly onProgress: (progress: StageProgress) => void
  /** What of a group is sent; all of it unless it is searched. */
  readonly retrieval: Pick<Retrieval, 'sectionsOf' | 'found'>
  readonly pause: (forMs: number) => Promise<void>
  /** Told of what is left whenever an answer has come. */
  readonly onLeft: (left: StagesLeft) => void
}

export interface StagesLeft {
  readonly groups: readonly PreparedGroup[]
  readonly later: readonly Stage[]
}

export interface RunFate {
  readonly runId: string
  readonly why: string
}

export interface StagesCame {
  readonly merged: MergedTrace
  readonly book: CitationBook
  readonly analyzed: ReadonlySet<string>
  readonly leftOut: readonly RunFate[]
  readonly gaps: GapAnalysis['gaps']
  readonly diagnosis?: Diagnosis
  readonly synthesis?: Synthesis
  /** Stages that failed, with why. */
  readonly troubles: readonly string[]
}

export async function runStages(run: StageRun): Promise<StagesCame> {
  const { prepared } = run
  const book = openCitations(quotableTexts(run))
  const places = new Map(prepared.texts.map(({ runId, place }) => [runId, place]))
  const answers = await askGroups(run)
  const merged = mergeGroups(
    answers.flatMap(({ group, came }) => (came.ok ? [{ group: group.group, answer: came.value }] : [])),
    places,
    book,
  )
  const fates = fatesOf(prepared, answers)
  run.onProgress({ kind: 'stage1_complete', analyzed: fates.analyzed.size, runs: prepared.texts.length })
  return { merged, book, ...fates, ...(await askLater(run, { merged, book })) }
}

/** As it was sent, and as detectors read it: names of fields stand before their values there. */
function quotableTexts({ prepared, failures }: StageRun): (runId: string) => string | undefined {
  const { steps } = failures.view
  const texts = new Map(prepared.texts.map((text) => [text.runId, text]))
  return (runId) => {
    const text = texts.get(runId)
    if (!text) return undefined
    const { instructions = '', heard = '', said = '', error = '' } = steps[text.place - 1] ?? {}
    return [text.head, ...text.whole, redact([instructions, heard, said, error].join('\n'))].join('\n')
  }
}

interface Grouped {
  readonly group: PreparedGroup
  readonly came: Outcome<GroupAnswer['answer'], string>
}

/** Questions that wait side by side, more than the scheduler looks at; each holds its text. */
const mostWaiting = 160

/** Side by side: the scheduler behind the desk decides when each of them goes. */
async function askGroups(run: StageRun): Promise<readonly Grouped[]> {
  const { groups } = run.prepared
  const answers: Grouped[] = []
  const left = groups.entries()
  const unanswered = new Set(groups)
  const askOn = async () => {
    for (const [at, group] of left) {
      answers[at] = await askGroup(run, group)
      unanswered.delete(group)
      run.onLeft({ groups: [...unanswered], later: laterStages(run.asked.expected !== '') })
    }
  }
  await Promise.all(Array.from({ length: Math.min(mostWaiting, groups.length) }, askOn))
  return answers
}

async function askGroup(run: StageRun, group: PreparedGroup): Promise<Grouped> {
  const { desk, settings, onProgress } = run
  const about = { group: group.group, runs: group.runIds.length }
  onProgress({ kind: 'stage1_group_start', ...about })
  const sections = await run.retrieval.sectionsOf(group)
  const came = sections.ok
    ? await askStage(desk, {
        stage: 'trace_analysis',
        sections: sections.value,
        maxOutputTokens: group.maxOutputTokens,
      })
    : sections
  onProgress(
    came.ok
      ? { kind: 'stage1_group_done', ...about }
      : { kind: 'stage1_group_failed', ...about, why: came.fault },
  )
  if (settings.pauseMs > 0) await run.pause(settings.pauseMs)
  return { group, came }
}

/** By run ids: a run is analysed when every part of it was answered and the answer names it. */
function fatesOf({ texts }: Prepared, answers: readonly Grouped[]): Pick<StagesCame, 'analyzed' | 'leftOut'> {
  const analyzed = new Set<string>()
  const leftOut: RunFate[] = []
  for (const { runId } of texts) {
    const own = answers.filter(({ group }) => group.runIds.includes(runId))
    const bad = own.find(({ came }) => !came.ok)
    const isNamed = own.every(({ came }) => came.ok && names(came.value, runId))
    if (own.length === 0) leftOut.push({ runId, why: 'it was in no group' })
    else if (bad && !bad.came.ok)
      leftOut.push({ runId, why: `group ${bad.group.group} failed: ${bad.came.fault}` })
    else if (isNamed) analyzed.add(runId)
    else leftOut.push({ runId, why: 'the model’s answer does not name it' })
  }
  return { analyzed, leftOut }
}

const names = ({ timeline, coverage }: GroupAnswer['answer'], runId: string): boolean =>
  coverage.runs_analyzed.includes(runId) || timeline.some((entry) => entry.run_id === runId)

type Later = Pick<StagesCame, 'gaps' | 'diagnosis' | 'synthesis' | 'troubles'>

async function askLater(
  run: StageRun,
  { merged, book }: { readonly merged: MergedTrace; readonly book: CitationBook },
): Promise<Later> {
  const { desk, asked, onProgress } = run
  const room = roomIn(run)
  const { merged: read, notes } = withinRoom(merged, room)
  if (merged.timeline.length === 0)
    return { gaps: [], troubles: ['no group of the trace could be evaluated'] }
  const gaps =
    asked.expected === ''
      ? done({ gaps: [] })
      : await askStage(desk, {
          stage: 'gap_analysis',
          sections: gapSections(asked, read),
          maxOutputTokens: capOf(run),
        })
  onProgress({ kind: 'stage2_complete', isOk: gaps.ok })
  if (asked.expected !== '') run.onLeft({ groups: [], later: ['diagnosis', 'synthesis'] })
  const found = gaps.ok
    ? gaps.value.gaps.map((gap) => ({ ...gap, citations: [...book.check(gap.citations)] }))
    : []
  const diagnosis = await askStage(desk, {
    stage: 'diagnosis',
    sections: [
      ...diagnosisSections({ asked, merged: read, gaps: found, ...hintsOf(run) }),
      ...(await run.retrieval.found()),
    ],
    maxOutputTokens: capOf(run),
  })
  onProgress({ kind: 'stage3_complete', isOk: diagnosis.ok })
  if (diagnosis.ok) run.onLeft({ groups: [], later: ['synthesis'] })
  const synthesis = diagnosis.ok
    ? await askStage(desk, {
        stage: 'synthesis',
        sections: synthesisSections(asked, found, diagnosis.value),
        maxOutputTokens: capOf(run),
      })
    : failed('there is no diagnosis to sum up')
  onProgress({ kind: 'stage4_complete', isOk: synthesis.ok })
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
