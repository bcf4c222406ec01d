/** The plan and the progress of an analysis as lines for people. */

import { many } from '../../refinery/report/wording.ts'
import type { AnalysisPlan, StageProgress } from '../../refinery/stages/stage-progress.ts'

export function planText(plan: AnalysisPlan): string {
  const { runs, groups, calls, tokens, windows, lowerBoundMs, endsInMs, estimatedCostUsd, isGuessed } = plan
  return [
    `${many(runs, 'run')} in ${many(groups, 'group')}, ${many(calls, 'call')}, about ${tokens.toLocaleString('en-US')} tokens in ${many(windows, 'minute')}`,
    `ends in about ${span(endsInMs)}${isGuessed ? '; a guess, told again as answers come' : ` (no schedule ends before ${span(lowerBoundMs)})`}`,
    estimatedCostUsd === undefined
      ? 'the price of the model is not known'
      : `costs about ${estimatedCostUsd} USD`,
  ].join('\n')
}

/** `0.4 s`, `12 s`, `4 m 07 s` */
export function span(ms: number): string {
  const seconds = ms / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`
}

export function progressText(progress: StageProgress): string {
  switch (progress.kind) {
    case 'analysis_started':
      return planText(progress.plan)
    case 'plan_updated':
      return `ends about ${span(progress.endsInMs)} from the start${progress.isGuessed ? '; still a guess' : ''}`
    case 'stage1_group_start':
      return ''
    case 'stage1_group_done':
      return `${progress.group}: ${many(progress.runs, 'run')} analysed`
    case 'stage1_group_failed':
      return `${progress.group}: FAILED, ${many(progress.runs, 'run')} not analysed: ${progress.why}`
    case 'stage1_complete':
      return `stage 1: ${progress.analyzed} of ${many(progress.runs, 'run')} analysed`
    case 'stage2_complete':
    case 'stage3_complete':
    case 'stage4_complete':
      return `stage ${progress.kind.slice(5, 6)}: ${progress.isOk ? 'done' : 'FAILED'}`
    case 'analysis_completed':
      return `took ${span(progress.tookMs)}`
  }
}
