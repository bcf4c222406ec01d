/** What one analysis works with: how stages are asked, what was asked already, and what it cost so far. */

import type { Outcome } from '../../base/outcome.ts'
import type { Usage } from '../../protocol/reply.ts'
import type { Stage } from './stage-schemas.ts'

export interface StageRequest {
  readonly stage: Stage
  readonly instructions: string
  readonly text: string
  readonly schema: Readonly<Record<string, unknown>>
  /** Tokens of instructions, text and schema. */
  readonly inputTokens: number
  readonly maxOutputTokens: number
}

export interface StageReply {
  readonly text: string
  /** The answer reached its limit of tokens. */
  readonly isCut: boolean
  readonly usage?: Usage
  /** Decimal string. */
  readonly costUsd?: string
  readonly isSimulated: boolean
  readonly servedBy: string
}

/** A fault is the reason in words. */
export type SendStage = (request: StageRequest, signal: AbortSignal) => Promise<Outcome<StageReply, string>>

/** Answers of finished questions, by a hash of everything that made them. */
export interface StageCache {
  get(key: string): Promise<unknown>
  put(key: string, answer: unknown): Promise<void>
}

/** Of one analysis; never shared. */
export interface StageTally {
  calls: number
  reused: number
  inputTokens: number
  outputTokens: number
  costsUsd: (string | undefined)[]
  isSimulated: boolean
  readonly servedBy: Set<string>
}

export const emptyTally = (): StageTally => ({
  calls: 0,
  reused: 0,
  inputTokens: 0,
  outputTokens: 0,
  costsUsd: [],
  isSimulated: false,
  servedBy: new Set(),
})
