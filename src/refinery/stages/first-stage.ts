/** The first stage: groups of the trace asked about side by side, and what became of each run. */

import type { Outcome } from '../../base/outcome.ts'
import { askStage } from './ask-stage.ts'
import type { GroupAnswer } from './merge-groups.ts'
import type { Prepared, PreparedGroup } from './prepare-stages.ts'
import type { StageRun } from './stage-run.ts'

export interface Grouped {
  readonly group: PreparedGroup
  readonly came: Outcome<GroupAnswer['answer'], string>
}

/** Questions that wait side by side, more than the scheduler looks at; each holds its text. */
const mostWaiting = 160

/** Side by side: the scheduler behind the desk decides when each of them goes. */
export async function askGroups(run: StageRun): Promise<readonly Grouped[]> {
  const { groups } = run.prepared
  const answers: Grouped[] = []
  const left = groups.entries()
  const unanswered = new Set(groups)
  const askOn = async () => {
    for (const [at, group] of left) {
      answers[at] = await askGroup(run, group)
      unanswered.delete(group)
      run.onLeft({ groups: [...unanswered], later: run.later })
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

interface RunFate {
  readonly runId: string
  readonly why: string
}

export interface Fates {
  readonly analyzed: ReadonlySet<string>
  readonly leftOut: readonly RunFate[]
}

/** By run ids: a run is analysed when every part of it was answered and the answer names it. */
export function fatesOf({ texts }: Prepared, answers: readonly Grouped[]): Fates {
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
