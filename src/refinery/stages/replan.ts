/** Tells the end of an analysis again, as the answers show how fast they come. */

import type { Clock } from '../../base/clock.ts'
import type { StageHost } from './stage-host.ts'
import type { AnalysisPlan, StageProgress } from './stage-progress.ts'
import type { StagesLeft } from './stage-run.ts'

export interface ReplanParts {
  readonly host: Pick<StageHost, 'plan'>
  readonly clock: Pick<Clock, 'monoMs'>
  readonly onProgress: (progress: StageProgress) => void
}

/** A change of less than this share of the end that was told is not worth a word. */
const worthTelling = 0.03
/** Of many answers only so many are worth a new plan: after each doubling, and after each so many. */
const always = 64

/** For one analysis that begins now; what it returns is told what is left after every answer. */
export function replanner(
  { host, clock, onProgress }: ReplanParts,
  first: AnalysisPlan,
): (left: StagesLeft) => void {
  const beganMs = clock.monoMs()
  let told: Pick<AnalysisPlan, 'endsInMs' | 'isGuessed'> = first
  let answers = 0
  let isPlanning = false
  const plan = async ({ groups, later }: StagesLeft) => {
    const elapsedMs = clock.monoMs() - beganMs
    const sizes = groups.map(({ inputTokens, maxOutputTokens }) => ({ inputTokens, maxOutputTokens }))
    const next = await host.plan({ runs: first.runs, groups: sizes, later, elapsedMs })
    const endsInMs = Math.round(elapsedMs + next.endsInMs)
    const isChanged = Math.abs(endsInMs - told.endsInMs) > worthTelling * told.endsInMs
    if (!isChanged && next.isGuessed === told.isGuessed) return
    told = { endsInMs, isGuessed: next.isGuessed }
    onProgress({ kind: 'plan_updated', ...told })
  }
  return (left) => {
    answers += 1
    const isDue = left.groups.length === 0 || (answers & (answers - 1)) === 0 || answers % always === 0
    if (isPlanning || !isDue) return
    isPlanning = true
    // A plan that cannot be made is no reason to end the analysis.
    plan(left)
      .catch(() => {})
      .finally(() => {
        isPlanning = false
      })
  }
}
