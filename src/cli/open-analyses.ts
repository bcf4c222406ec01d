/** Opens the analyses of the data directory: the desk, and what each of them works with. */

import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { openBlobFolder } from '../record/batch/blob-folder.ts'
import { openNoteFolder } from '../record/batch/note-folder.ts'
import { countApart } from '../refinery/apart/count-apart.ts'
import { heldHere } from '../refinery/apart/held-trace.ts'
import { openTraceThreads } from '../refinery/apart/trace-threads.ts'
import { openWindows } from '../refinery/stages/engine-sender.ts'
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
import { openHostedDesk } from './analyses/hosted-desk.ts'
import type { ModelPlace } from './analyses/model-service.ts'
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
  const hosts = openHostedDesk({ ...works, dataDir, start: makeId('prc', clock.wallMs()) })
  void hosts.sweep()
  return openAnalysisDesk({
    notes: openNoteFolder<AnalysisNote>(join(dataDir, 'analyses', 'notes')),
    results: openBlobFolder(join(dataDir, 'analyses', 'results')),
    clock,
    mostRunning,
    threads: openTraceThreads(mostThreads),
    hold: (trace) => heldHere(trace, async () => count),
    keptForMs,
    prepare: (order) => prepare({ dataDir, works, clock, settings, windows, hosts }, order),
  })
}

function settingsOrDefault(log: OpenWorks['log']): StageSettings {
  const settings = stageSettingsFrom(process.env)
  if (settings.ok) return settings.value
  log.warn(`analyses use their defaults: ${settings.fault}`)
  return defaultStageSettings
}

interface Opened extends ModelPlace {
  readonly settings: StageSettings
}

async function prepare(opened: Opened, order: WorkOrder): Promise<Outcome<AnalysisWork, Fault>> {
  const { trace, wanted } = order
  const { expected, model, evals } = wanted
  const off = new Set(wanted.off)
  if (model === undefined) return done({ run: () => trace.analyzeWritten({ expected, off, evals }) })
  return await prepareWithModel(opened, { ...order, model })
}

async function prepareWithModel(
  opened: Opened,
  order: WorkOrder & { readonly model: string },
): Promise<Outcome<AnalysisWork, Fault>> {
  const { works, settings } = opened
  const { caller, trace, wanted, model } = order
  const denied = deniedName(caller, { request: { model, body: {} }, extension: {} }, works.config())
  if (denied) return failed(denied)
  const { expected, context, evals, off, max_cost_usd: maxCostUsd } = wanted
  const { retrieval = settings.retrieval } = wanted
  const { modelService } = await import('./analyses/model-service.ts')
  const parts = modelService(opened, {
    ...order,
    rules: { expected, off: new Set(off), evals },
    settings: { ...settings, retrieval },
    context,
    maxCostUsd,
    caller: {
      tenant: tenantOf(caller),
      virtualKeyId: caller.keyId,
      allowance: works.serving.rates.allowance(caller),
    },
  })
  if (!parts.ok) return parts
  const { service, options, ended } = parts.value
  if (retrieval === 'hosted' && !service.askHosted) return failed(noHost)
  const ready = await trace.ready(service, options)
  return ready.ok
    ? done({ plan: ready.value.plan, run: () => ready.value.runWritten().finally(ended) })
    : failed(makeFault('invalid_request', `trace: ${ready.fault}`, { param: 'trace' }))
}

const noHost = makeFault(
  'invalid_request',
  'hosted retrieval needs a provider in OpenAI’s dialect with a key',
  { param: 'retrieval' },
)
