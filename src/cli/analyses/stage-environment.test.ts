import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultStageSettings } from '../../refinery/stages/stage-settings.ts'
import { stageSettingsFrom } from './stage-environment.ts'

const rows: readonly [name: string, env: Record<string, string>, changed: object][] = [
  ['nothing is set', {}, {}],
  [
    'the limit',
    { TPM_LIMIT: '90000', TPM_BUFFER: '5000' },
    { tokensPerMinute: 90_000, isLimitSet: true, tokenBuffer: 5_000 },
  ],
  ['groups', { GROUP_SIZE_RUNS: '4', CHUNKING_THRESHOLD: '8' }, { groupRuns: 4, chunkAbove: 8 }],
  ['results of both', { MAX_NUM_RESULTS: '7' }, { resultsStage1: 7, resultsOther: 7 }],
  [
    'results apart go before',
    { MAX_NUM_RESULTS: '7', MAX_NUM_RESULTS_OTHER: '9' },
    { resultsStage1: 7, resultsOther: 9 },
  ],
  ['a pause in seconds', { INTER_GROUP_SLEEP_S: '1.5' }, { pauseMs: 1_500 }],
  ['one call', { REFINERY_DISABLE_CHUNKING: 'true' }, { isWhole: true }],
]
for (const [name, env, changed] of rows)
  test(`stage environment: ${name}`, () => {
    assert.deepEqual(stageSettingsFrom(env), { ok: true, value: { ...defaultStageSettings, ...changed } })
  })

const wrong: readonly [env: Record<string, string>, says: RegExp][] = [
  [{ TPM_LIMIT: 'many' }, /TPM_LIMIT must be a number from 1000/],
  [{ TEMPERATURE: '3' }, /TEMPERATURE/],
  [{ TPM_LIMIT: '2000', TPM_BUFFER: '2000' }, /smaller/],
]
for (const [env, says] of wrong)
  test(`stage environment: not ${JSON.stringify(env)}`, () => {
    const settings = stageSettingsFrom(env)
    assert.ok(!settings.ok)
    assert.match(settings.fault, says)
  })
