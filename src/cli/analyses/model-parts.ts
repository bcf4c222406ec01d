/** What an analysis with a model works with beside the engine: price, size of the context, counting, and where answers are kept. */

import { join } from 'node:path'
import { type Clock, systemClock } from '../../base/clock.ts'
import { failed, type Outcome } from '../../base/outcome.ts'
import type { Config } from '../../config/config.ts'
import { createCatalogue } from '../../gateway/catalogue/declared-models.ts'
import type { Engine } from '../../gateway/engine/engine-port.ts'
import { countTokens } from '../../gateway/policy/count-tokens.ts'
import { loadTokenizer } from '../../gateway/policy/load-tokenizer.ts'
import type { Transport } from '../../gateway/transport/transport.ts'
import type { ExplainedTarget } from '../../protocol/explanation.ts'
import type { Fault } from '../../protocol/fault.ts'
import { makeFault } from '../../protocol/fault.ts'
import { responsesBody } from '../../refinery/stages/engine-sender.ts'
import { hostedStore } from '../../refinery/stages/retrieval/hosted-store.ts'
import { openLocalStore } from '../../refinery/stages/retrieval/local-store.ts'
import type { RetrievalParts } from '../../refinery/stages/retrieval/retrieval.ts'
import type { CountTokens } from '../../refinery/stages/split-run.ts'
import type { StageCache } from '../../refinery/stages/stage-desk.ts'
import { openStageFolder } from '../../refinery/stages/stage-folder.ts'
import { jsonSchemaOf } from '../../refinery/stages/stage-schemas.ts'
import { inboundAdapters } from '../adapters.ts'

/** A token count that lets other work go on. */
export async function tokenCounter(clock: Clock = systemClock): Promise<CountTokens> {
  const tokenizer = await loadTokenizer()
  return (text) => countTokens(text, { tokenizer, pause: () => clock.sleep(0) })
}

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

/** In SQLite always, and at the provider where it is one in OpenAI's dialect with a key. */
export function retrievalFor(
  {
    config,
    transport,
    signal,
  }: { readonly config: () => Config; readonly transport: Transport; readonly signal: AbortSignal },
  targets: readonly ExplainedTarget[],
): RetrievalParts {
  const provider = targets
    .map((target) => config().providers.get(target.provider))
    .find((one) => one?.dialect === 'openai' && one.keys.length > 0)
  const [key] = provider?.keys ?? []
  if (!provider || key === undefined) return { local: openLocalStore }
  const { baseUrl, local } = provider
  return {
    local: openLocalStore,
    hosted: hostedStore({ transport, clock: systemClock, baseUrl, key, local, signal }),
  }
}
