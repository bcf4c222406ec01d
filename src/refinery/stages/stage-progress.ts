/** What an analysis tells while it runs. */

export interface AnalysisPlan {
  readonly runs: number
  readonly groups: number
  /** Calls in all, the later stages among them. */
  readonly calls: number
  /** Expected, input and output. */
  readonly tokens: number
  readonly windows: number
  /** Ms; no schedule ends earlier, if calls take as long as is thought: a guess where the end is one. */
  readonly lowerBoundMs: number
  /** Ms from the start. */
  readonly endsInMs: number
  /**
   * So much of the time is of calls whose like this model was never seen to answer that the end may err by more than
   * 15 % of the whole: it is told again as answers come.
   */
  readonly isGuessed: boolean
  /** Decimal string; absent where a price is not known. */
  readonly estimatedCostUsd?: string
}

export type StageProgress =
  | { readonly kind: 'analysis_started'; readonly plan: AnalysisPlan }
  /** The end, told again by what the answers so far took. */
  | {
      readonly kind: 'plan_updated'
      /** Ms from the start of the analysis, not from now. */
      readonly endsInMs: number
      readonly isGuessed: boolean
    }
  | {
      readonly kind: 'stage1_group_start' | 'stage1_group_done'
      readonly group: string
      readonly runs: number
    }
  | {
      readonly kind: 'stage1_group_failed'
      readonly group: string
      readonly runs: number
      readonly why: string
    }
  | { readonly kind: 'stage1_complete'; readonly analyzed: number; readonly runs: number }
  | { readonly kind: 'stage2_complete' | 'stage3_complete' | 'stage4_complete'; readonly isOk: boolean }
  | { readonly kind: 'analysis_completed'; readonly tookMs: number }
