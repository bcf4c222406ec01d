/** The four stages: groups of the trace side by side, then gaps, diagnosis and synthesis, each held to what was really said. */

import { redact } from '../../record/redact.ts'
import { type CitationBook, openCitations } from './check-citations.ts'
import { askGroups, type Fates, fatesOf } from './first-stage.ts'
import { askLater, type LaterCame } from './later-stages.ts'
import { type MergedTrace, mergeGroups } from './merge-groups.ts'
import type { StageRun } from './stage-run.ts'

export interface StagesCame extends Fates, LaterCame {
  readonly merged: MergedTrace
  readonly book: CitationBook
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
  return { merged, book, ...fates, ...(await askLater(run, merged, book)) }
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
