/** Holds a chat request to the routes and models its key may ask for. */

import type { Config } from '../../config/config.ts'
import { askedNames } from '../../gateway/policy/asked-names.ts'
import type { Caller } from '../../protocol/access.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import type { Extension } from '../../protocol/extension.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { mayAsk } from './decide.ts'

export interface Asking {
  readonly request: Pick<ChatRequest, 'model' | 'body'>
  readonly extension: Pick<Extension, 'model_priority_map'>
}

/** Undefined where every name of the request is allowed; one that is not refuses the whole request. */
export function deniedName(
  caller: Pick<Caller, 'routes' | 'models'>,
  { request, extension }: Asking,
  { routes }: Pick<Config, 'routes'>,
): Fault | undefined {
  if (caller.routes === undefined && caller.models === undefined) return undefined
  const denied = askedNames(request, extension).find(
    ({ name, isTarget }) => !mayAsk(caller, name, !isTarget && routes.has(name)),
  )
  return denied
    ? makeFault('key_not_allowed', `this key may not ask for ${JSON.stringify(denied.name.slice(0, 200))}`, {
        param: 'model',
      })
    : undefined
}
