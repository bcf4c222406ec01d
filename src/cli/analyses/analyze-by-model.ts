/** `analyze --model`: the analysis with a model in this process, with the gateway's own engine and ledger. */

import { systemClock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Config } from '../../config/config.ts'
import type { Analysis } from '../../refinery/analysis.ts'
import type { AnalyzeOptions } from '../../refinery/analyze.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import type { ReadyAnalysis } from '../../refinery/stages/analyze-with-model.ts'
import { openWindows } from '../../refinery/stages/engine-sender.ts'
import type { StageProgress } from '../../refinery/stages/stage-progress.ts'
import type { StageSettings } from '../../refinery/stages/stage-settings.ts'
import { agreed, isSomebodyThere } from '../agreed.ts'
import { loadConfig } from '../load-config.ts'
import { type OpenWorks, openWorks } from '../open-works.ts'
import { type CommonOptions, complain, dataDirectory, print } from '../options.ts'
import { openAnalystApart } from './analyst-apart.ts'
import { openHostedDesk } from './hosted-desk.ts'
import { type ModelPlace, modelService } from './model-service.ts'
import { planText, progressText } from './plan-text.ts'
import { stageSettingsFrom } from './stage-environment.ts'

export interface ByModelOptions extends CommonOptions {
  /** A route, or provider and model; `sandbox/analyst` is simulated. */
  readonly model: string
  readonly rules: AnalyzeOptions
  readonly context?: string
  /** Says what it would take, and asks nobody. */
  readonly plan?: boolean
  readonly maxCostUsd?: number
  /** Begins without a question. */
  readonly yes?: boolean
  readonly retrieval?: StageSettings['retrieval']
}

/** Undefined where only the plan was asked for. A fault is the reason in words. */
export async function analyzeByModel(
  trace: HeldTrace,
  options: ByModelOptions,
): Promise<Outcome<Analysis | undefined, string>> {
  const settings = stageSettingsFrom(process.env)
  if (!settings.ok) return settings
  const { retrieval = settings.value.retrieval } = options
  const opened = await openEngine(options, settings.value.tokensPerMinute)
  if (!opened.ok) return opened
  const ending = new AbortController()
  const end = () => ending.abort()
  process.once('SIGINT', end)
  const { works, close } = opened.value
  const place = { works, dataDir: dataDirectory(options), start: makeId('prc', systemClock.wallMs()) }
  const hosts = openHostedDesk({ ...works, ...place })
  const swept = options.plan ? undefined : hosts.sweep()
  try {
    return await analyseIn({ ...place, hosts }, trace, {
      options,
      settings: { ...settings.value, retrieval },
      signal: ending.signal,
    })
  } finally {
    process.off('SIGINT', end)
    await swept
    await close()
  }
}

async function runOrPlan(
  { plan, run }: ReadyAnalysis,
  options: ByModelOptions,
): Promise<Outcome<Analysis | undefined, string>> {
  if (options.plan) {
    print(options.json ? JSON.stringify(plan) : planText(plan))
    return done(undefined)
  }
  if (isToBeAsked(options, isSomebodyThere())) {
    complain(planText(plan))
    if (!(await agreed('Begin?'))) return failed('not begun: no model was asked, and nothing was spent')
  }
  return await run()
}

/** A simulated model costs nothing; whoever named the most it may cost, or has a program ask, has agreed. */
export const isToBeAsked = (
  { yes, maxCostUsd, model }: Pick<ByModelOptions, 'yes' | 'maxCostUsd' | 'model'>,
  isSomebody: boolean,
): boolean => isSomebody && !yes && maxCostUsd === undefined && !model.startsWith('sandbox/')

interface Analysing {
  readonly options: ByModelOptions
  readonly settings: StageSettings
  readonly signal: AbortSignal
}

async function analyseIn(
  place: Pick<ModelPlace, 'works' | 'dataDir' | 'hosts'>,
  trace: HeldTrace,
  { options, settings, signal }: Analysing,
): Promise<Outcome<Analysis | undefined, string>> {
  const clock = systemClock
  const parts = modelService(
    { ...place, clock, windows: openWindows(clock, settings) },
    {
      ...options,
      settings,
      signal,
      analysisId: makeId('ana', clock.wallMs()),
      caller: { tenant: 'default' },
      onProgress: (progress) => tell(progress, options),
    },
  )
  if (!parts.ok) return failed(parts.fault.message)
  const { service, options: asked, ended } = parts.value
  try {
    const ready = await trace.ready(service, asked)
    return ready.ok ? await runOrPlan(ready.value, options) : ready
  } finally {
    await ended()
  }
}

/** On stderr, so that the report can be read from stdout. */
function tell(progress: StageProgress, options: ByModelOptions): void {
  const { quiet, json } = options
  // Whoever was asked has seen the plan.
  const isSeen = progress.kind === 'analysis_started' && isToBeAsked(options, isSomebodyThere())
  if (quiet || isSeen) return
  const line = json ? JSON.stringify(progress) : progressText(progress)
  if (line !== '') complain(line)
}

interface Opened {
  readonly works: OpenWorks
  close(): Promise<void>
}

async function openEngine(
  options: ByModelOptions,
  tokensPerMinute: number,
): Promise<Outcome<Opened, string>> {
  const loaded = loadConfig(options.config)
  if (!loaded.ok) return failed(loaded.fault.join('\n'))
  const given: Config | undefined = loaded.value.config
  const isAnalyst = options.model.startsWith('sandbox/') && !given?.providers.has('sandbox')
  if (given === undefined && !isAnalyst)
    return failed(
      `nothing is configured that could be asked for "${options.model}": set a provider's key, write a configuration, or try --model sandbox/analyst`,
    )
  const analyst = isAnalyst ? await openAnalystApart(tokensPerMinute) : undefined
  const config = analyst?.config ?? given
  if (config === undefined) return failed('there is no configuration')
  const works = await openWorks({ config, dataDir: dataDirectory(options) })
  if (!works.ok) {
    await analyst?.close()
    return works
  }
  return done({
    works: works.value,
    async close() {
      await works.value.close()
      await analyst?.close()
    },
  })
}
