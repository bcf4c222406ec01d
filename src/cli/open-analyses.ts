/** Opens the analyses of the data directory: the desk, and what each of them works with. */

import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { openNoteFolder } from '../record/batch/note-folder.ts'
import type { Analysis } from '../refinery/analysis.ts'
import type { AnalyzeOptions } from '../refinery/analyze.ts'
import { examineApart } from '../refinery/apart/examine.ts'
import type { AnalysedTrace } from '../refinery/import/read-trace.ts'
import { readyAnalysis } from '../refinery/stages/analyze-with-model.ts'
import { openWindows, type WindowOf } from '../refinery/stages/engine-sender.ts'
import type { CountTokens } from '../refinery/stages/split-run.ts'
import { defaultStageSettings, type StageSettings } from '../refinery/stages/stage-settings.ts'
import { tenantOf } from '../server/access/decide.ts'
import { deniedName } from '../server/access/denied-name.ts'
import {
  type AnalysisDesk,
  type AnalysisWork,
  openAnalysisDesk,
  type WorkOrder,
} from '../server/analyses/analysis-desk.ts'
import type { AnalysisNote } from '../server/analyses/analysis-note.ts'
import {
  contextOver,
  priceOver,
  retrievalFor,
  stageCacheIn,
  targetsOf,
  tokenCounter,
} from './analyses/model-parts.ts'
import { stageSettingsFrom } from './analyses/stage-environment.ts'
import type { OpenWorks } from './open-works.ts'

const mostRunning = 32
const keptForMs = 30 * 86_400_000

export function openAnalyses(dataDir: string, works: OpenWorks, clock: Clock): AnalysisDesk {
  const settings = settingsOrDefault(works.log)
  const windows = openWindows(clock, settings)
  let counter: Promise<CountTokens> | undefined
  return openAnalysisDesk({
    notes: openNoteFolder<AnalysisNote>(join(dataDir, 'analyses', 'notes')),
    clock,
    mostRunning,
    keptForMs,
    prepare(order) {
      counter ??= tokenCounter(clock)
      return prepare({ dataDir, works, clock, settings, windows, counter }, order)
    },
  })
}

function settingsOrDefault(log: OpenWorks['log']): StageSettings {
  const settings = stageSettingsFrom(process.env)
  if (settings.ok) return settings.value
  log.warn(`analyses use their defaults: ${settings.fault}`)
  return defaultStageSettings
}

interface Opened {
  readonly dataDir: string
  readonly works: OpenWorks
  readonly clock: Clock
  readonly settings: StageSettings
  /** Of all analyses together: they share the minute of a model. */
  readonly windows: WindowOf
  readonly counter: Promise<CountTokens>
}

async function prepare(opened: Opened, order: WorkOrder): Promise<Outcome<AnalysisWork, Fault>> {
  const { trace, wanted } = order
  const { expected, model } = wanted
  const off = new Set(wanted.off)
  if (model === undefined) return done({ run: () => byRules(trace, { expected, off }) })
  return await prepareWithModel(opened, { ...order, model })
}

async function byRules(trace: AnalysedTrace, options: AnalyzeOptions): Promise<Outcome<Analysis, string>> {
  const examined = await examineApart(trace, options)
  return examined.ok ? done(examined.value.base) : examined
}

async function prepareWithModel(
  { dataDir, works, clock, settings, windows, counter }: Opened,
  order: WorkOrder & { readonly model: string },
): Promise<Outcome<AnalysisWork, Fault>> {
  const { caller, trace, wanted, model, onProgress, signal, analysisId } = order
  const denied = deniedName(caller, { request: { model, body: {} }, extension: {} }, works.config())
  if (denied) return failed(denied)
  const targets = targetsOf(works.engine, model)
  if (!targets.ok) return targets
  const sized = {
    ...settings,
    retrieval: wanted.retrieval ?? settings.retrieval,
    contextTokens: contextOver(targets.value, settings.contextTokens),
  }
  const retrieval = retrievalFor({ ...works, signal }, targets.value)
  if (sized.retrieval === 'hosted' && !retrieval.hosted)
    return failed(
      makeFault('invalid_request', 'hosted retrieval needs a provider in OpenAI’s dialect with a key', {
        param: 'retrieval',
      }),
    )
  const ready = await readyAnalysis(
    {
      engine: works.engine,
      caller: {
        tenant: tenantOf(caller),
        virtualKeyId: caller.keyId,
        allowance: works.serving.rates.allowance(caller),
      },
      clock,
      count: await counter,
      cache: stageCacheIn(dataDir),
      window: windows(model),
      settings: sized,
      retrieval,
      examine: examineApart,
      priceOf: priceOver(works.config, targets.value),
      onProgress,
      signal,
    },
    trace,
    {
      analysisId,
      model,
      expected: wanted.expected,
      off: new Set(wanted.off),
      ...(wanted.context === undefined ? {} : { context: wanted.context }),
      ...(wanted.max_cost_usd === undefined ? {} : { maxCostUsd: wanted.max_cost_usd }),
    },
  )
  return done(ready)
}
