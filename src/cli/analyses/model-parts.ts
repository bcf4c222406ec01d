/** What an analysis with a model works with beside the engine: price, size of the context, and where answers are kept. */

import { join } from 'node:path'
import { failed, type Outcome } from '../../base/outcome.ts'
import type { Config } from '../../config/config.ts'
import { createCatalogue } from '../../gateway/catalogue/declared-models.ts'
import type { Engine } from '../../gateway/engine/engine-port.ts'
import type { ExplainedTarget } from '../../protocol/explanation.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { responsesBody } from '../../refinery/stages/engine-sender.ts'
import type { StageCache } from '../../refinery/stages/stage-desk.ts'
import { openStageFolder } from '../../refinery/stages/stage-folder.ts'
import { jsonSchemaOf } from '../../refinery/stages/stage-schemas.ts'
import { inboundAdapters } from '../adapters.ts'

export const stageCacheIn = (dataDir: string): StageCache =>
  openStageFolder(join(dataDir, 'analyses', 'answers'))

/** The targets that would answer, the first first; a fault where the model is not known. */
export function targetsOf(
  engine: Pick<Engine, 'explain'>,
  model: string,
): Outcome<readonly ExplainedTarget[], Fault> {
  const read = inboundAdapters.responses.readRequest(
    responsesBody(
      { model, temperature: 0 },
      {
        stage: 'trace_analysis',
        instructions: '',
        text: '',
        schema: jsonSchemaOf('trace_analysis'),
        inputTokens: 0,
        maxOutputTokens: 1,
      },
    ),
  )
  if (!read.ok) return read
  const explained = engine.explain({ request: read.value, extension: {} })
  if (!explained.ok) return explained
  const { candidates } = explained.value
  return candidates.length > 0
    ? { ok: true, value: candidates }
    : failed(makeFault('unknown_model', `no target of "${model}" can be asked`))
}

/** The dearest of the targets decides; undefined where the price of one is not known. */
export function priceOver(config: () => Config, targets: readonly ExplainedTarget[]) {
  const catalogue = createCatalogue(config)
  return (input: number, output: number): string | undefined => {
    const costs = targets.map((target) => {
      const isFree = config().providers.get(target.provider)?.simulated === true
      return catalogue.costUsd(target, { input, output }) ?? (isFree ? '0.000000' : undefined)
    })
    if (costs.some((cost) => cost === undefined)) return undefined
    return costs.filter((cost) => cost !== undefined).sort((one, other) => Number(other) - Number(one))[0]
  }
}

/** What the smallest of the targets can read. */
export function contextOver(targets: readonly ExplainedTarget[], otherwise: number): number {
  const known = targets.flatMap(({ contextTokens }) => (contextTokens === undefined ? [] : [contextTokens]))
  return known.length === 0 ? otherwise : Math.min(...known)
}
