/** Options of `analyze` that do nothing beside the others: they are told, not passed over. */

export interface GivenOptions {
  readonly trace?: string
  readonly model?: string
  readonly context?: string
  readonly plan?: boolean
  readonly maxCostUsd?: string
  readonly retrieval?: string
  readonly pack?: string
  readonly prompts?: string
  readonly compare?: string
  readonly extract?: string
}

type Name = keyof GivenOptions

const flags: Readonly<Record<Exclude<Name, 'trace'>, string>> = {
  model: '--model',
  context: '--context',
  plan: '--plan',
  maxCostUsd: '--max-cost-usd',
  retrieval: '--retrieval',
  pack: '--pack',
  prompts: '--prompts',
  compare: '--compare',
  extract: '--extract',
}
const ofOne = [
  'model',
  'context',
  'plan',
  'maxCostUsd',
  'retrieval',
  'pack',
  'prompts',
  'compare',
  'extract',
] as const

/** A sentence for each reason, empty where every option does something. `isMany`: many traces are looked at. */
export function unusedOptions(options: GivenOptions, isMany: boolean): readonly string[] {
  const given = ofOne.filter((name) => options[name] !== undefined)
  if (isMany)
    return given.length === 0
      ? []
      : [
          `${given.map((name) => flags[name]).join(', ')}: only for one trace; many are looked at by the rules`,
        ]
  return [
    ...(options.context !== undefined && options.model === undefined
      ? ['--context is told to a model, and none is asked: give --model too']
      : []),
    ...(options.prompts !== undefined && options.pack === undefined
      ? ['--prompts is for the hypothesis pack, and none is written: give --pack too']
      : []),
    ...(options.extract !== undefined && options.trace === undefined
      ? ['--extract needs a trace in a file']
      : []),
  ]
}
