/** A batch as it is remembered: what was asked, by whom, and how far it has come. */

import type { Caller } from '../../protocol/access.ts'

export type BatchStatus =
  | 'validating'
  | 'failed'
  | 'in_progress'
  | 'finalizing'
  | 'completed'
  | 'expired'
  | 'cancelling'
  | 'cancelled'

export interface BatchMistake {
  readonly code: string
  readonly message: string
  /** From 1. */
  readonly line?: number
}

export interface BatchNote {
  /** `batch_…` */
  readonly id: string
  /** Whose names and limits its lines are held to; never the key itself. */
  readonly caller: Caller
  readonly tenant: string
  readonly endpoint: string
  readonly inputFileId: string
  readonly completionWindow: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly status: BatchStatus
  readonly mistakes: readonly BatchMistake[]
  /** Ids under which results and failures are written; files of these ids exist once the batch has ended. */
  readonly outputFileId: string
  readonly errorFileId: string
  /** Which of the two have anything in them. */
  readonly hasOutput?: boolean
  readonly hasErrors?: boolean
  readonly total: number
  readonly completed: number
  readonly failed: number
  /** Ms since 1970, each when the batch came to that state. */
  readonly atMs: Readonly<Partial<Record<BatchStatus | 'created' | 'expires', number>>>
}

/** Nothing more will happen to it. */
export const isOver = ({ status }: Pick<BatchNote, 'status'>): boolean =>
  status === 'completed' || status === 'failed' || status === 'expired' || status === 'cancelled'
