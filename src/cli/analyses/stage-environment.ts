/** The sizes of an analysis as the environment gives them. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Environment } from '../../config/substitute.ts'
import { defaultStageSettings, type StageSettings } from '../../refinery/stages/stage-settings.ts'

interface NumberRow {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly set: (value: number) => Partial<StageSettings>
}

const rows: readonly NumberRow[] = [
  { name: 'GROUP_SIZE_RUNS', from: 1, to: 1_000, set: (groupRuns) => ({ groupRuns }) },
  { name: 'CHUNKING_THRESHOLD', from: 0, to: 100_000, set: (chunkAbove) => ({ chunkAbove }) },
  {
    name: 'TPM_LIMIT',
    from: 1_000,
    to: 1e9,
    set: (tokensPerMinute) => ({ tokensPerMinute, isLimitSet: true }),
  },
  { name: 'TPM_BUFFER', from: 0, to: 1e9, set: (tokenBuffer) => ({ tokenBuffer }) },
  {
    name: 'MAX_NUM_RESULTS',
    from: 1,
    to: 50,
    set: (results) => ({ resultsStage1: results, resultsOther: results }),
  },
  { name: 'MAX_NUM_RESULTS_STAGE1', from: 1, to: 50, set: (resultsStage1) => ({ resultsStage1 }) },
  { name: 'MAX_NUM_RESULTS_OTHER', from: 1, to: 50, set: (resultsOther) => ({ resultsOther }) },
  { name: 'MAX_OUTPUT_TOKENS_STAGE1', from: 100, to: 1e6, set: (outputStage1) => ({ outputStage1 }) },
  { name: 'MAX_OUTPUT_TOKENS_OTHER', from: 100, to: 1e6, set: (outputOther) => ({ outputOther }) },
  { name: 'INTER_GROUP_SLEEP_S', from: 0, to: 3_600, set: (seconds) => ({ pauseMs: seconds * 1_000 }) },
  { name: 'TEMPERATURE', from: 0, to: 2, set: (temperature) => ({ temperature }) },
]

/** A fault names the variable that is wrong. */
export function stageSettingsFrom(env: Environment): Outcome<StageSettings, string> {
  let settings: StageSettings = {
    ...defaultStageSettings,
    isWhole: /^(1|true|yes)$/i.test(env['REFINERY_DISABLE_CHUNKING'] ?? ''),
  }
  for (const { name, from, to, set } of rows) {
    const given = env[name]
    if (given === undefined || given === '') continue
    const value = Number(given)
    if (!Number.isFinite(value) || value < from || value > to)
      return failed(`${name} must be a number from ${from} to ${to}, not "${given}"`)
    settings = { ...settings, ...set(value) }
  }
  return settings.tokenBuffer < settings.tokensPerMinute
    ? done(settings)
    : failed('TPM_BUFFER must be smaller than TPM_LIMIT')
}
