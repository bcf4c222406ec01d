/** What an analysis tells while it runs. */

export interface AnalysisPlan {
  readonly runs: number
  readonly groups: number
  /** Calls in all, the later stages among them. */
  readonly calls: number
  /** Expected, input and output. */
  readonly tokens: number
  readonly windows: number
  /** Ms; no schedule ends earlier. */
  readonly lowerBoundMs: number
  /** Ms from the start. */
  readonly endsInMs: number
  /** No call of this model was seen before: how long one takes, and how much it writes, is a guess. */
  readonly isGuessed: boolean
  /** Decimal string; absent where a price is not known. */
  readonly estimatedCostUsd?: string
}

export type StageProgress =
  | { readonly kind: 'analysis_started'; readonly plan: AnalysisPlan }
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
