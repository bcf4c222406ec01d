/** The catalogue the engine asks: what the configuration declares of a model goes before what is known of it. */

import type { Config, ModelConfig, ProviderConfig } from '../../config/config.ts'
import type { Catalogue, ModelFacts } from '../engine/engine-port.ts'
import { findModel, modelAbilities } from './catalogue.ts'
import { isEmbeddingModel } from './embedding-models.ts'
import { costUsd } from './price.ts'

export function createCatalogue(config: () => Config): Catalogue {
  const declared = (provider: string, model: string) =>
    config()
      .providers.get(provider)
      ?.models.find(({ name }) => name === model)
  const facts = rememberedFacts()
  return {
    facts,
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

/** Names that callers make up are not remembered without end. */
const rememberedModels = 1_000

/** Every request asks several times; what a configuration declares never changes. */
function rememberedFacts(): Catalogue['facts'] {
  const remembered = new WeakMap<ProviderConfig, Map<string, ModelFacts>>()
  return (provider, model) => {
    const models = remembered.get(provider) ?? new Map<string, ModelFacts>()
    const known = models.get(model)
    if (known) return known
    if (models.size >= rememberedModels) models.clear()
    const own = provider.models.find(({ name }) => name === model)
    const facts = merged(own, modelAbilities(provider.name, model))
    remembered.set(provider, models.set(model, facts))
    return facts
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
