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

export interface ExpectedCall {
  readonly outputTokens: number
  readonly callMs: number
  /** No answer of the stage was seen yet. */
  readonly isGuessed: boolean
}

export interface CallProfile {
  note(sample: CallSample): void
  /** Tokens to set aside for an answer. */
  reserve(stage: Stage, cap: number): number
  /** The same once so many more answers of the stage have come, if they are what they are thought to be. */
  reserveAfter(stage: Stage, cap: number, answers: number): number
  /** What an answer is thought to be; by those of other stages where none of its own was seen. */
  expect(stage: Stage, cap: number): ExpectedCall
  /** What questions of the stage were so far; the guess where there were none. */
  expectInput(stage: Stage, guess: number): number
  samples(): readonly CallSample[]
}

const remembered = 60
/** Guesses before the first answer: half the limit, at the speed of a large model. */
const guessedShare = 0.5
const guessedMsPerToken = 15
const guessedStartMs = 1_500

export function createCallProfile(before: readonly CallSample[] = []): CallProfile {
  let samples: readonly CallSample[] = []
  const learned = new Map<Stage, LearnedOutput>()
  /** A plan asks the same again for each piece and step. */
  const known = new Map<string, ExpectedCall>()
  const outputOf = (stage: Stage): LearnedOutput => {
    const known = learned.get(stage) ?? createLearnedOutput()
    learned.set(stage, known)
    return known
  }
  const note = (sample: CallSample) => {
    known.clear()
    samples = [...samples, sample].slice(-remembered)
    outputOf(sample.stage).note(sample.outputTokens, sample.cap)
  }
  for (const sample of before) note(sample)
  const look = (stage: Stage, cap: number): ExpectedCall => {
    const own = samples.filter((sample) => sample.stage === stage)
    const like = own.length > 0 ? own : samples
    const share =
      like.length > 0 ? mean(like.map(({ outputTokens, cap: of }) => outputTokens / of)) : guessedShare
    const outputTokens = Math.min(cap, Math.ceil(cap * share))
    const callMs = own.length > 0 ? mean(own.map(({ tookMs }) => tookMs)) : callTime(samples, outputTokens)
    return { outputTokens, callMs: Math.ceil(callMs), isGuessed: own.length === 0 }
  }
  const expect: CallProfile['expect'] = (stage, cap) => {
    const name = `${stage} ${cap}`
    const expected = known.get(name) ?? look(stage, cap)
    known.set(name, expected)
    return expected
  }
  return {
    note,
    samples: () => samples,
    reserve: (stage, cap) => outputOf(stage).reserve(cap),
    reserveAfter: (stage, cap, answers) =>
      outputOf(stage).reserve(cap, { answers, share: expect(stage, cap).outputTokens / cap }),
    expectInput(stage, guess) {
      const own = samples.filter((sample) => sample.stage === stage)
      return own.length === 0 ? guess : Math.ceil(mean(own.map(({ inputTokens }) => inputTokens)))
    },
    expect,
  }
}

/** At the speed that was seen, else at a guessed one; the start of an answer cannot be told from its writing. */
function callTime(samples: readonly CallSample[], outputTokens: number): number {
  if (samples.length === 0) return guessedStartMs + outputTokens * guessedMsPerToken
  const tookMs = mean(samples.map((sample) => sample.tookMs))
  const wrote = mean(samples.map((sample) => sample.outputTokens))
  const startMs = Math.min(guessedStartMs, tookMs)
  return startMs + (wrote === 0 ? 0 : ((tookMs - startMs) / wrote) * outputTokens)
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
