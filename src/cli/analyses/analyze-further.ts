/** What `analyze` does beyond the rules: asks a model, and writes what to change as a pack. */

import { failed, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../../refinery/analysis.ts'
import type { AnalyzeOptions } from '../../refinery/analyze.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import { type CommonOptions, complain } from '../options.ts'

/** As they were typed. */
export interface FurtherOptions extends CommonOptions {
  /** Asks a model: a route, or provider and model. The detectors alone where absent. */
  readonly model?: string
  readonly context?: string
  readonly plan?: boolean
  readonly maxCostUsd?: string
  /** Begins without a question. */
  readonly yes?: boolean
  readonly retrieval?: string
  /** Where the hypothesis pack is written. */
  readonly pack?: string
  /** Files of the agent's prompts. */
  readonly prompts?: string
  /** Files of evaluation cases. */
  readonly evals?: string
}

export const goesFurther = ({ model, pack, plan, maxCostUsd, retrieval }: FurtherOptions): boolean =>
  [model, pack, plan, maxCostUsd, retrieval].some((given) => given !== undefined)

const ways = ['inline', 'local', 'hosted'] as const

/** Undefined where only the plan was asked for. A fault is the reason in words. */
export async function analyzeFurther(
  trace: HeldTrace,
  options: FurtherOptions,
  rules: AnalyzeOptions,
): Promise<Outcome<Analysis | undefined, string>> {
  const made = await analysisOf(trace, options, rules)
  const { pack, prompts, quiet } = options
  if (!made.ok || made.value === undefined || pack === undefined) return made
  const { writePack } = await import('./pack-file.ts')
  const written = await writePack(pack, {
    trace,
    analysis: made.value,
    ...(prompts === undefined ? {} : { prompts }),
  })
  if (!written.ok) return written
  if (!quiet) complain(written.value)
  return made
}

async function analysisOf(
  trace: HeldTrace,
  options: FurtherOptions,
  rules: AnalyzeOptions,
): Promise<Outcome<Analysis | undefined, string>> {
  const { model, maxCostUsd, retrieval } = options
  if (model === undefined)
    return options.plan || maxCostUsd !== undefined || retrieval !== undefined
      ? failed('--plan, --max-cost-usd and --retrieval need --model: the detectors alone cost nothing')
      : await trace.analyze(rules)
  const most = maxCostUsd === undefined ? undefined : Number(maxCostUsd)
  if (most !== undefined && !(most >= 0))
    return failed(`--max-cost-usd must be an amount in USD, not "${maxCostUsd}"`)
  const way = ways.find((one) => one === retrieval)
  if (retrieval !== undefined && way === undefined)
    return failed(`--retrieval must be one of ${ways.join(', ')}, not "${retrieval}"`)
  const { analyzeByModel } = await import('./analyze-by-model.ts')
  const { maxCostUsd: _typed, retrieval: _way, ...rest } = options
  return await analyzeByModel(trace, {
    ...rest,
    model,
    rules,
    ...(most === undefined ? {} : { maxCostUsd: most }),
    ...(way === undefined ? {} : { retrieval: way }),
  })
}
