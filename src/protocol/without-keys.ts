/** Takes known keys out of a fault, whatever they look like. */

import type { Fault } from './fault.ts'

/** Shorter ones would be found in every text, and are no keys. */
const leastCharacters = 4

/** The same fault, told without the keys. */
export function withoutKeys(fault: Fault, keys: readonly string[]): Fault {
  const long = keys.filter((key) => key.length >= leastCharacters)
  if (long.length === 0) return fault
  const clean = (text: string) => long.reduce((told, key) => told.replaceAll(key, '[key]'), text)
  const { message, param, cause = {} } = fault
  const { type, code, detail } = cause
  return {
    ...fault,
    message: clean(message),
    ...(param === undefined ? {} : { param: clean(param) }),
    ...(fault.cause === undefined
      ? {}
      : {
          cause: {
            ...cause,
            ...(type === undefined ? {} : { type: clean(type) }),
            ...(code === undefined ? {} : { code: clean(code) }),
            ...(detail === undefined ? {} : { detail: clean(detail) }),
          },
        }),
  }
}
