/** Opens the analyses of the data directory: the desk, and what each of them works with. */

import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { openBlobFolder } from '../record/batch/blob-folder.ts'
import { openNoteFolder } from '../record/batch/note-folder.ts'
import { countApart } from '../refinery/apart/count-apart.ts'
import { heldHere } from '../refinery/apart/held-trace.ts'
import { openTraceThreads } from '../refinery/apart/trace-threads.ts'
import { openWindows, type WindowOf } from '../refinery/stages/engine-sender.ts'
import { createStageHost } from '../refinery/stages/stage-host.ts'
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
import { contextOver, hostedFor, priceOver, stageCacheIn, targetsOf } from './analyses/model-parts.ts'
import { stageSettingsFrom } from './analyses/stage-environment.ts'
import type { OpenWorks } from './open-works.ts'

const mostRunning = 32
/** Each holds a large trace, in up to some hundred MB. */
const mostThreads = 8
const keptForMs = 30 * 86_400_000

export function openAnalyses(dataDir: string, works: OpenWorks, clock: Clock): AnalysisDesk {
  const settings = settingsOrDefault(works.log)
  const windows = openWindows(clock, settings)
  const count = countApart()
  return openAnalysisDesk({
    notes: openNoteFolder<AnalysisNote>(join(dataDir, 'analyses', 'notes')),
    results: openBlobFolder(join(dataDir, 'analyses', 'results')),
    clock,
    mostRunning,
    threads: openTraceThreads(mostThreads),
    hold: (trace) => heldHere(trace, async () => count),
    keptForMs,
    prepare: (order) => prepare({ dataDir, works, clock, settings, windows }, order),
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
}

async function prepare(opened: Opened, order: WorkOrder): Promise<Outcome<AnalysisWork, Fault>> {
  const { trace, wanted } = order
  const { expected, model } = wanted
  const off = new Set(wanted.off)
  if (model === undefined) return done({ run: () => trace.analyzeWritten({ expected, off }) })
  return await prepareWithModel(opened, { ...order, model })
}

async function prepareWithModel(
  { dataDir, works, clock, settings, windows }: Opened,
  order: WorkOrder & { readonly model: string },
): Promise<Outcome<AnalysisWork, Fault>> {
  const { caller, trace, wanted, model, onProgress, signal, analysisId } = order
  const { expected, context, max_cost_usd: maxCostUsd } = wanted
  const denied = deniedName(caller, { request: { model, body: {} }, extension: {} }, works.config())
  if (denied) return failed(denied)
  const targets = targetsOf(works.engine, model)
  if (!targets.ok) return targets
  const sized = {
    ...settings,
    retrieval: wanted.retrieval ?? settings.retrieval,
    contextTokens: contextOver(targets.value, settings.contextTokens),
  }
  const askHosted = hostedFor({ ...works, signal }, targets.value)
  if (sized.retrieval === 'hosted' && !askHosted) return failed(noHost)
  const tenant = tenantOf(caller)
  const host = createStageHost({
    engine: works.engine,
    caller: { tenant, virtualKeyId: caller.keyId, allowance: works.serving.rates.allowance(caller) },
    clock,
    model,
    analysisId,
    cache: stageCacheIn(dataDir),
    window: windows(model),
    settings: sized,
    hasExpectation: expected !== '',
    priceOf: priceOver(works.config, targets.value),
    signal,
  })
  const ready = await trace.ready(
    { host, onProgress, signal, ...(askHosted ? { askHosted } : {}) },
    {
      analysisId,
      tenant,
      model,
      settings: sized,
      expected,
      off: new Set(wanted.off),
      ...(context === undefined ? {} : { context }),
      ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
    },
  )
  return ready.ok
    ? done({ plan: ready.value.plan, run: ready.value.runWritten })
    : failed(makeFault('invalid_request', `trace: ${ready.fault}`, { param: 'trace' }))
}

const noHost = makeFault(
  'invalid_request',
  'hosted retrieval needs a provider in OpenAI’s dialect with a key',
  {
    param: 'retrieval',
  },
)
