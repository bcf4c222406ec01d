/** Everything before the first call: the runs as text, cut and grouped, with the size of each question. */

import type { AnalysedTrace } from '../import/read-trace.ts'
import { writeQuestion } from './ask-stage.ts'
import type { Section } from './fenced-text.ts'
import { groupRuns } from './group-runs.ts'
import { openRunTexts, type RunText } from './run-text.ts'
import { type CountTokens, type RunPart, splitRun } from './split-run.ts'
import { groupName, groupSections } from './stage-sections.ts'
import { callTokens, outputCap, type StageSettings } from './stage-settings.ts'

export interface PreparedGroup {
  readonly group: string
  readonly file: string
  readonly runIds: readonly string[]
  readonly parts: readonly RunPart[]
  readonly sections: readonly Section[]
  readonly inputTokens: number
  readonly maxOutputTokens: number
}

export interface Prepared {
  readonly texts: readonly RunText[]
  readonly groups: readonly PreparedGroup[]
  /** What a reader must know: texts that were cut, runs in parts. */
  readonly notes: readonly string[]
}

/** What stands around the runs of a question: instructions, schema, fences. */
const aroundTokens = 2_000

export async function prepareStages(
  trace: AnalysedTrace,
  settings: StageSettings,
  count: CountTokens,
): Promise<Prepared> {
  const texts: RunText[] = []
  const toText = openRunTexts()
  const room = Math.max(500, callTokens(settings) - capFor(settings, settings.groupRuns) - aroundTokens)
  const parts: (RunPart & { readonly runId: string; readonly parentId: string | undefined })[] = []
  // Run by run, for counting lets other work go on in between.
  for (const [at, run] of trace.runs.entries()) {
    const text = toText(run, at)
    texts.push(text)
    for (const part of await splitRun(text, settings.isWhole ? Number.POSITIVE_INFINITY : room, count))
      parts.push({ ...part, runId: text.runId, parentId: run.parentId })
  }
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0)
  const isOne =
    settings.isWhole || (texts.length <= settings.chunkAbove && tokens <= wholeRoom(settings, texts.length))
  const grouped = isOne ? [parts] : groupRuns(parts, { runs: settings.groupRuns, tokens: room })
  const groups: PreparedGroup[] = []
  for (const [at, group] of grouped.entries())
    if (group.length > 0) groups.push(await prepareGroup(group, { at, total: texts.length, settings, count }))
  return { texts, groups, notes: notesOf(texts, parts) }
}

const capFor = ({ outputStage1 }: StageSettings, runs: number) => outputStage1 ?? outputCap(runs)

const wholeRoom = (settings: StageSettings, runs: number) =>
  callTokens(settings) - capFor(settings, runs) - aroundTokens

interface Preparing {
  readonly at: number
  readonly total: number
  readonly settings: StageSettings
  readonly count: CountTokens
}

async function prepareGroup(parts: readonly RunPart[], preparing: Preparing): Promise<PreparedGroup> {
  const { at, total, settings, count } = preparing
  const { group, file } = groupName(at, parts)
  const runIds = [...new Set(parts.map(({ text }) => text.runId))]
  const sections = groupSections(file, parts, total)
  const maxOutputTokens = capFor(settings, runIds.length)
  const { inputTokens } = await writeQuestion(
    { count },
    { stage: 'trace_analysis', sections, maxOutputTokens },
  )
  return { group, file, runIds, parts, sections, inputTokens, maxOutputTokens }
}

function notesOf(texts: readonly RunText[], parts: readonly RunPart[]): readonly string[] {
  const cut = texts.filter(({ leftOut }) => leftOut > 0)
  const split = [...new Set(parts.filter((part) => part.parts > 1).map(({ text }) => text.runId))]
  return [
    ...cut.map(
      ({ runId, leftOut }) => `${leftOut} characters of run ${runId} were too many and were not read`,
    ),
    ...(split.length > 0
      ? [`Read in parts, for they are larger than one call: ${split.slice(0, 5).join(', ')}`]
      : []),
  ]
}
