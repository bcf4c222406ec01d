/** What is known of well-known models: abilities, limits, prices, and whether they still answer. Data, with its date. */

import type { ModelFacts } from '../engine/engine-port.ts'
import data from './models.json' with { type: 'json' }
import type { Prices } from './price.ts'

/** What is absent is not known, and never guessed. */
export interface CatalogueModel extends ModelFacts {
  readonly provider: string
  readonly id: string
  /** Other names of the same model, such as dated ones. */
  readonly aliases?: readonly string[]
  readonly prices?: Prices
  /** No longer answers at its provider. */
  readonly retired?: boolean
  /** The day it stops or stopped, as announced: `YYYY-MM-DD`. */
  readonly retiresOn?: string
  /** The model at the same provider that is to take its place. */
  readonly successor?: string
}

/** The day the data was last looked through: `YYYY-MM-DD`. */
export const catalogueCheckedOn: string = data.checkedOn

export const catalogueModels: readonly CatalogueModel[] = data.models

const byName: ReadonlyMap<string, CatalogueModel> = new Map(
  catalogueModels.flatMap((model) =>
    [model.id, ...(model.aliases ?? [])].map((name) => [`${model.provider}/${name}`, model] as const),
  ),
)

/** By id or alias; undefined where the model is not in the catalogue. */
export function findModel(provider: string, id: string): CatalogueModel | undefined {
  return byName.get(`${provider}/${id}`)
}

/** What the model can take; empty where it is not known. */
export function modelAbilities(provider: string, id: string): ModelFacts {
  const { contextTokens, maxOutputTokens, tools, vision, jsonSchema, prefill, reasoning } =
    findModel(provider, id) ?? {}
  return { contextTokens, maxOutputTokens, tools, vision, jsonSchema, prefill, reasoning }
}

export function modelsOf(provider: string): readonly string[] {
  return catalogueModels.flatMap((model) => (model.provider === provider ? [model.id] : []))
}
