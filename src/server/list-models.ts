/** What `GET /v1/models` lists: routes first, then the models that providers declare. */

import type { Config } from '../config/config.ts'

export interface ModelListing {
  readonly context_length?: number
  readonly max_output_tokens?: number
  readonly retired?: boolean
  readonly pricing?: { readonly input_per_million_usd?: string; readonly output_per_million_usd?: string }
  readonly capabilities?: Readonly<Record<string, boolean | undefined>>
}

export interface ListedModel extends ModelListing {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
  readonly simulated?: boolean
}

export function listModels(
  config: Config,
  createdAtS: number,
  describe: (provider: string, model: string) => ModelListing,
): readonly ListedModel[] {
  const routes = [...config.routes.keys()].map((id) => ({
    id,
    object: 'model' as const,
    created: createdAtS,
    owned_by: 'adaptive-mind',
  }))
  const models = [...config.providers.values()].flatMap((provider) =>
    provider.models.map(({ name }) => ({
      id: `${provider.name}/${name}`,
      object: 'model' as const,
      created: createdAtS,
      owned_by: provider.name,
      ...describe(provider.name, name),
      ...(provider.simulated ? { simulated: true } : {}),
    })),
  )
  return [...routes, ...models]
}
