/**
 * How long an analysis with a model takes under the tokens of a minute, for real: 7, 14 and 35 runs against the
 * sandbox's analyst, which enforces the limit and takes as long for an answer as a large model does.
 * `npm run bench:refinery -- --runs 7,14,35 --tpm 30000 --call-seconds 12`. SIMULATED answers; the waiting is real.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { systemClock } from '../src/base/clock.ts'
import { analystConfig, openAnalyst } from '../src/cli/analyses/open-analyst.ts'
import { openWorks } from '../src/cli/open-works.ts'
import { firstFitDecreasing } from '../src/gateway/limits/scheduler/pack.ts'
import { loadOf } from '../src/gateway/limits/scheduler/token-scheduler.ts'
import { examine } from '../src/refinery/apart/examine-here.ts'
import { readyAnalysis } from '../src/refinery/stages/analyze-with-model.ts'
import { openWindows } from '../src/refinery/stages/engine-sender.ts'
import { createStageHost } from '../src/refinery/stages/stage-host.ts'
import { defaultStageSettings } from '../src/refinery/stages/stage-settings.ts'
import { tokenCounter } from '../src/refinery/stages/token-counter.ts'
import { fullestMinute } from '../test/analyses/analysis-world.ts'
import { longTrace, originOf } from '../test/analyses/long-trace.ts'
import { createStageMemory } from '../test/analyses/stage-memory.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7,14,35' },
    tpm: { type: 'string', default: '30000' },
    'call-seconds': { type: 'string', default: '12' },
  },
})
const tokensPerMinute = Number(values.tpm)
const callMs = Number(values['call-seconds']) * 1_000
const sizes = values.runs.split(',').map(Number)
const expected = 'The agent should say that it has no memory of preferences, and list the transactions'
/** The sources' own 35 runs, in all and in their first stage. */
const source = { allMs: 247_000, stage1Ms: 219_000 }

const dataDir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-'))
const sandbox = await openAnalyst(tokensPerMinute)
const config = analystConfig(sandbox.address)
sandbox.setRules([{ delay_ms: callMs }])
const works = await openWorks({ config, dataDir })
if (!works.ok) throw new Error(works.fault)
const settings = { ...defaultStageSettings, tokensPerMinute }
const window = openWindows(systemClock, settings)('sandbox/analyst')
const count = await tokenCounter(systemClock)
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`

const table = new Table({
  head: [
    'runs',
    'groups',
    'tokens',
    'minutes (FFD)',
    'lower bound',
    'announced',
    'no guess from',
    'stage 1',
    'all',
    '429',
    'fullest minute',
    'coverage',
    'origin',
  ],
  style: { head: [], border: [] },
})
process.stdout.write(
  `SIMULATED answers, ${seconds(callMs)} each, ${tokensPerMinute} tokens a minute enforced\n`,
)
let isWithin = true
for (const runs of sizes) {
  const before = sandbox.attempts.length
  // The minute of the analysis before is over, as for one that begins by itself.
  if (before > 0) await systemClock.sleep(62_000)
  let stage1Ms = 0
  let sure = ''
  let beganMs = 0
  const { signal } = new AbortController()
  const about = { analysisId: `bench_${runs}`, model: 'sandbox/analyst', settings }
  const host = createStageHost({
    ...about,
    engine: works.value.engine,
    caller: { tenant: 'default' },
    clock: systemClock,
    cache: createStageMemory(),
    window,
    priceOf: () => undefined,
    signal,
  })
  const ready = await readyAnalysis(
    {
      host,
      clock: systemClock,
      count,
      retrieval: {},
      examine,
      onProgress(progress) {
        const atMs = systemClock.monoMs() - beganMs
        if (progress.kind === 'stage1_complete') stage1Ms = atMs
        if (progress.kind === 'plan_updated' && !progress.isGuessed && sure === '')
          sure = `${seconds(progress.endsInMs)} at ${seconds(atMs)}`
      },
      signal,
    },
    longTrace({ runs, seed: runs }),
    { ...about, tenant: 'default', expected },
  )
  beganMs = systemClock.monoMs()
  const came = await ready.run()
  const tookMs = systemClock.monoMs() - beganMs
  if (!came.ok) throw new Error(came.fault)
  const { coverage, origin, modelUse } = came.value
  const attempts = sandbox.attempts.slice(before)
  const refused = attempts.filter(({ status }) => status === 429).length
  const stage1 = window.profile
    .samples()
    .filter(({ stage }) => stage === 'trace_analysis')
    .slice(-ready.plan.groups)
  const bins = firstFitDecreasing(
    stage1.map(({ inputTokens, outputTokens }, at) => ({
      id: `${at}`,
      load: loadOf(inputTokens, outputTokens),
    })),
    { tokens: tokensPerMinute - settings.tokenBuffer },
  ).length
  const bound = (bins - 1) * 61_000 + 2 * callMs
  isWithin &&= stage1Ms <= bound && refused === 0 && coverage.completionPercentage === 100
  table.push([
    runs,
    ready.plan.groups,
    (modelUse?.inputTokens ?? 0) + (modelUse?.outputTokens ?? 0),
    bins,
    seconds(ready.plan.lowerBoundMs),
    `${seconds(ready.plan.endsInMs)}${ready.plan.isGuessed ? ' (guessed)' : ''}`,
    ready.plan.isGuessed ? sure : 'the start',
    seconds(stage1Ms),
    seconds(tookMs),
    refused,
    fullestMinute(attempts),
    `${coverage.completionPercentage} %`,
    origin?.runId === originOf({ runs }) ? 'right' : 'WRONG',
  ])
  if (runs === 35 && tokensPerMinute === 30_000) isWithin &&= tookMs < source.allMs
}
process.stdout.write(`${table.toString()}\n`)
process.stdout.write(
  `the sources' 35 runs: stage 1 ${seconds(source.stage1Ms)}, all ${seconds(source.allMs)}\n`,
)
await works.value.close()
await sandbox.close()
rmSync(dataDir, { recursive: true })
process.exit(isWithin ? 0 : 1)
