/** What the configuration declares of models: abilities, context and prices. */

import type { Config } from '../../config/config.ts'
import type { Catalogue } from '../engine/engine-port.ts'
import { costUsd } from './price.ts'

export function createCatalogue(config: () => Config): Catalogue {
  const find = (provider: string, model: string) =>
    config()
      .providers.get(provider)
      ?.models.find(({ name }) => name === model)
  return {
    facts: (provider, model) => find(provider.name, model) ?? {},
    costUsd({ provider, model }, usage) {
      const known = find(provider, model)
      if (known?.inputPrice === undefined || known.outputPrice === undefined) return undefined
      return costUsd({ input: known.inputPrice, output: known.outputPrice }, usage)
    },
  }
}
