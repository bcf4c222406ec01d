/** What calls of each stage were like so far: how much of their limit they wrote, and how long they took. */

import { isRecord } from '../../base/text.ts'
import { createLearnedOutput, type LearnedOutput } from '../../gateway/limits/scheduler/learned-output.ts'
import type { Stage } from './stage-schemas.ts'

export interface CallSample {
  readonly stage: Stage
  /** The limit of the answer, tokens. */
  readonly cap: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly tookMs: number
}

export interface CallProfile {
  note(sample: CallSample): void
  /** Tokens to set aside for an answer. */
  reserve(stage: Stage, cap: number): number
  /** What an answer is thought to be. */
  expect(stage: Stage, cap: number): { readonly outputTokens: number; readonly callMs: number }
  /** What questions of the stage were so far; the guess where there were none. */
  expectInput(stage: Stage, guess: number): number
  samples(): readonly CallSample[]
}

const remembered = 60
/** Guesses of a first analysis: half the limit, at the speed of a large model. */
const guessedShare = 0.5
const guessedMsPerToken = 15
const guessedStartMs = 1_500

export function createCallProfile(before: readonly CallSample[] = []): CallProfile {
  let samples: readonly CallSample[] = []
  const learned = new Map<Stage, LearnedOutput>()
  const outputOf = (stage: Stage): LearnedOutput => {
    const known = learned.get(stage) ?? createLearnedOutput()
    learned.set(stage, known)
    return known
  }
  const note = (sample: CallSample) => {
    samples = [...samples, sample].slice(-remembered)
    outputOf(sample.stage).note(sample.outputTokens, sample.cap)
  }
  for (const sample of before) note(sample)
  return {
    note,
    samples: () => samples,
    reserve: (stage, cap) => outputOf(stage).reserve(cap),
    expectInput(stage, guess) {
      const own = samples.filter((sample) => sample.stage === stage)
      return own.length === 0 ? guess : Math.ceil(mean(own.map(({ inputTokens }) => inputTokens)))
    },
    expect(stage, cap) {
      const own = samples.filter((sample) => sample.stage === stage)
      if (own.length === 0) {
        const outputTokens = Math.ceil(cap * guessedShare)
        return { outputTokens, callMs: guessedStartMs + outputTokens * guessedMsPerToken }
      }
      const share = mean(own.map(({ outputTokens, cap: of }) => outputTokens / of))
      return {
        outputTokens: Math.min(cap, Math.ceil(cap * share)),
        callMs: Math.ceil(mean(own.map(({ tookMs }) => tookMs))),
      }
    },
  }
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

/** What `samples` gave, back from where it was kept. */
export function readSamples(kept: unknown): readonly CallSample[] {
  const list: unknown = isRecord(kept) ? kept['samples'] : undefined
  if (!Array.isArray(list)) return []
  return list.filter(
    (one): one is CallSample =>
      isRecord(one) &&
      typeof one['stage'] === 'string' &&
      [one['cap'], one['inputTokens'], one['outputTokens'], one['tookMs']].every(
        (number) => typeof number === 'number' && number >= 0,
      ) &&
      one['cap'] !== 0,
  )
}
