/** What of the Responses API needs a memory or tools at the provider, which the gateway has not: refused by name, with a way out. */

import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { WireResponsesRequest } from './wire.ts'

/** A refusal that names the field and what to do instead. */
export const unsupported = (param: string, says: string): Fault =>
  makeFault('invalid_request', `${param}: ${says}`, { param })

const isGiven = (value: unknown) => value !== undefined && value !== null

/** The first field that asks for something the gateway cannot do. */
export function unsupportedField(wire: WireResponsesRequest): Fault | undefined {
  if (isGiven(wire.previous_response_id))
    return unsupported(
      'previous_response_id',
      'the gateway keeps no responses; send the earlier items again in `input`',
    )
  if (isGiven(wire.conversation))
    return unsupported(
      'conversation',
      'the gateway keeps no conversations; send the earlier items again in `input`',
    )
  if (wire.background === true)
    return unsupported('background', 'the gateway answers in the same call; leave `background` out')
  if (isGiven(wire.prompt))
    return unsupported(
      'prompt',
      'stored prompts are not known to the gateway; send their text in `instructions` and `input`',
    )
  return undefined
}

/** Undefined for a function; every other tool runs at its provider, where a failover could not follow it. */
export function unsupportedTool(tool: Readonly<Record<string, unknown>>, at: number): Fault | undefined {
  const { type, name } = tool
  if (type === 'function' && typeof name === 'string' && name !== '') return undefined
  if (type === 'function' && 'function' in tool)
    return unsupported(
      `tools.${at}.function`,
      'this is how /v1/chat/completions names a function; here `name` and `parameters` stand beside `type`',
    )
  if (type === 'function') return unsupported(`tools.${at}.name`, 'a function needs a name')
  return unsupported(
    `tools.${at}.type`,
    type === 'custom'
      ? 'tools of type "custom" are not supported; declare a function that takes one text'
      : `the tool "${String(type)}" runs at its provider and is not supported; declare functions and run them yourself`,
  )
}
