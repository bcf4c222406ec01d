/** The names by which a request asks for models: what plans are made of, and what a key is held to. */

import type { ChatRequest } from '../../protocol/chat.ts'
import type { Extension } from '../../protocol/extension.ts'

export interface AskedName {
  readonly name: string
  /** `provider/model` of the caller's own order, which never stands for a route. */
  readonly isTarget: boolean
}

/** In the order in which they are tried; the caller's own order goes before the list `models`, and that before `model`. */
export function askedNames(
  request: Pick<ChatRequest, 'model' | 'body'>,
  extension: Pick<Extension, 'model_priority_map'>,
): readonly AskedName[] {
  if (extension.model_priority_map)
    return Object.entries(extension.model_priority_map).flatMap(([provider, models]) =>
      models.map((model) => ({ name: `${provider}/${model}`, isTarget: true })),
    )
  const list = request.body['models']
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
  if (names.length === 0) return [{ name: request.model, isTarget: false }]
  return [...new Set(names)].map((name) => ({ name, isTarget: false }))
}
