/** The catalogue the engine asks: what the configuration declares of a model goes before what is known of it. */

import type { Config, ModelConfig } from '../../config/config.ts'
import type { Catalogue, ModelFacts } from '../engine/engine-port.ts'
import { findModel, modelAbilities } from './catalogue.ts'
import { isEmbeddingModel } from './embedding-models.ts'
import { costUsd } from './price.ts'

export function createCatalogue(config: () => Config): Catalogue {
  const declared = (provider: string, model: string) =>
    config()
      .providers.get(provider)
      ?.models.find(({ name }) => name === model)
  return {
    facts: (provider, model) => merged(declared(provider.name, model), modelAbilities(provider.name, model)),
    knows: (provider, model) => findModel(provider, model) !== undefined,
    knowsEmbedding: isEmbeddingModel,
    costUsd({ provider, model }, usage) {
      const own = declared(provider, model)
      const known = findModel(provider, model)?.prices
      // Vectors have no output to pay for.
      const output = own?.outputPrice ?? (usage.output === 0 ? '0' : undefined)
      if (own?.inputPrice !== undefined && output !== undefined)
        return costUsd({ input: own.inputPrice, output }, usage)
      return known && costUsd(known, usage)
    },
  }
}

function merged(own: ModelConfig | undefined, known: ModelFacts): ModelFacts {
  return {
    contextTokens: own?.contextTokens ?? known.contextTokens,
    maxOutputTokens: own?.maxOutputTokens ?? known.maxOutputTokens,
    tools: own?.tools ?? known.tools,
    vision: own?.vision ?? known.vision,
    jsonSchema: own?.jsonSchema ?? known.jsonSchema,
    prefill: own?.prefill ?? known.prefill,
    reasoning: own?.reasoning ?? known.reasoning,
  }
}
