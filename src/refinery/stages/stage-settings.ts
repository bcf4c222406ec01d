/** Sizes and limits of an analysis with a model, with their defaults. */

export interface StageSettings {
  /** Runs of a group of the first stage, at most. */
  readonly groupRuns: number
  /** A trace of more runs is asked about in groups. */
  readonly chunkAbove: number
  /** Everything in one call, whatever its size. */
  readonly isWhole: boolean
  readonly tokensPerMinute: number
  /** Somebody said so; else it is assumed until a provider tells its own. */
  readonly isLimitSet?: true
  /** Left free of the limit. */
  readonly tokenBuffer: number
  /** Tokens of an answer; absent means by the number of runs. */
  readonly outputStage1?: number
  readonly outputOther?: number
  readonly temperature: number
  /** Waited after each group, beside the scheduler. */
  readonly pauseMs: number
  /** Pieces a search returns for a group, and for the other stages. */
  readonly resultsStage1: number
  readonly resultsOther: number
  /** Calls at once. */
  readonly concurrency: number
  readonly retrieval: 'inline' | 'local' | 'hosted'
  /** Tokens one call may take at the model, answer included. */
  readonly contextTokens: number
}

export const defaultStageSettings: StageSettings = {
  groupRuns: 6,
  chunkAbove: 20,
  isWhole: false,
  tokensPerMinute: 30_000,
  tokenBuffer: 2_000,
  temperature: 0.2,
  pauseMs: 0,
  resultsStage1: 2,
  resultsOther: 3,
  concurrency: 8,
  retrieval: 'inline',
  contextTokens: 128_000,
}

/** What an answer about so many runs may take, tokens. */
export const outputCap = (runs: number): number => Math.min(4_000, 400 * runs + 500)

/** What an answer of a stage behind the first may take: it speaks of as many runs as are worth a word. */
export const laterCap = ({ outputOther }: StageSettings, runs: number): number =>
  outputOther ?? outputCap(Math.min(6, runs))

/** Tokens of a minute that may be used: a small one is not eaten up by what is left free of a large one. */
export const usableOf = (tokensPerMinute: number, tokenBuffer: number): number =>
  tokensPerMinute - Math.min(tokenBuffer, Math.floor(tokensPerMinute / 4))

/** Tokens one call may take, answer included. */
export const callTokens = ({ tokensPerMinute, tokenBuffer, contextTokens }: StageSettings): number =>
  Math.max(1_000, Math.min(usableOf(tokensPerMinute, tokenBuffer), contextTokens))
