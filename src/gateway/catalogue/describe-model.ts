/** What the catalogue knows of a model, in the form that listings show. */

import { findModel, modelsOf } from './catalogue.ts'

export interface ModelDescription {
  readonly context_length?: number
  readonly max_output_tokens?: number
  readonly retired?: boolean
  readonly retires_on?: string
  readonly successor?: string
  readonly pricing?: {
    readonly input_per_million_usd: string
    readonly output_per_million_usd: string
    readonly cached_input_per_million_usd?: string
  }
  readonly capabilities?: Readonly<Record<string, boolean>>
}

const abilityNames = ['tools', 'vision', 'jsonSchema', 'prefill', 'reasoning'] as const
const wireNames = { jsonSchema: 'json_schema' } as const

/** Empty where the model is not known; nothing is guessed. */
export function describeModel(provider: string, model: string): ModelDescription {
  const known = findModel(provider, model)
  if (known === undefined) return {}
  const { prices } = known
  const capabilities = Object.fromEntries(
    abilityNames.flatMap((name) => {
      const able = known[name]
      return able === undefined ? [] : [[name === 'jsonSchema' ? wireNames.jsonSchema : name, able]]
    }),
  )
  return {
    ...(known.contextTokens === undefined ? {} : { context_length: known.contextTokens }),
    ...(known.maxOutputTokens === undefined ? {} : { max_output_tokens: known.maxOutputTokens }),
    ...(known.retired ? { retired: true } : {}),
    ...(known.retiresOn === undefined ? {} : { retires_on: known.retiresOn }),
    ...(known.successor === undefined ? {} : { successor: known.successor }),
    ...(prices
      ? {
          pricing: {
            input_per_million_usd: prices.input,
            output_per_million_usd: prices.output,
            ...(prices.cachedInput === undefined ? {} : { cached_input_per_million_usd: prices.cachedInput }),
          },
        }
      : {}),
    capabilities,
  }
}

/** Ids of the models the catalogue has for a provider. */
export const knownModels = (provider: string): readonly string[] => modelsOf(provider)
