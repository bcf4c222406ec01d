/** Finds the key in a request's headers; an address never carries one. */

import type { IncomingHttpHeaders } from 'node:http'

/** `Authorization: Bearer KEY` goes before `x-api-key`; undefined where neither holds anything. */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers
  if (authorization !== undefined && /^bearer /i.test(authorization)) {
    const key = authorization.slice(7).trim()
    if (key !== '') return key
  }
  const other = headers['x-api-key']
  return typeof other === 'string' && other !== '' ? other : undefined
}
