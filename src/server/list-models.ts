/** What `GET /v1/models` lists: routes first, then the models of configured providers. */

import type { Config, ProviderConfig } from '../config/config.ts'
import type { ModelDescription } from '../gateway/catalogue/describe-model.ts'

export interface ListedModel extends ModelDescription {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
  readonly simulated?: boolean
}

export interface ModelKnowledge {
  readonly describe: (provider: string, model: string) => ModelDescription
  /** The catalogue's models, for providers that declare none. */
  readonly modelsOf: (provider: string) => readonly string[]
}

export function listModels(
  config: Config,
  createdAtS: number,
  knowledge: ModelKnowledge,
): readonly ListedModel[] {
  const listed = (id: string, owner: string) => ({
    id,
    object: 'model' as const,
    created: createdAtS,
    owned_by: owner,
  })
  const routes = [...config.routes.keys()].map((id) => listed(id, 'adaptive-mind'))
  const models = [...config.providers.values()].flatMap((provider) =>
    modelNames(provider, knowledge).map((name) => ({
      ...listed(`${provider.name}/${name}`, provider.name),
      ...knowledge.describe(provider.name, name),
      ...(provider.simulated ? { simulated: true } : {}),
    })),
  )
  return [...routes, ...models]
}

function modelNames({ name, models }: ProviderConfig, { modelsOf }: ModelKnowledge): readonly string[] {
  return models.length > 0 ? models.map((model) => model.name) : modelsOf(name)
}
