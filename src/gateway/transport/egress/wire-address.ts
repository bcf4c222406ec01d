/** The address of a call: where the configuration says, and nowhere a request could point. */

import { isIP } from 'node:net'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { addressKind } from './address-kind.ts'

export interface WireAddress {
  /** Scheme, host and port. */
  readonly origin: string
  /** With the query, where there is one. */
  readonly path: string
}

interface Base {
  readonly origin: string
  readonly path: string
}

/** `path` begins with a slash and stays under the base's own. A reason in words where it is not so. */
export function wireAddress(base: Base, path: string): Outcome<WireAddress, string> {
  if (!/^\/[\w\-.~%!$&'()*+,;=:@/?]*$/.test(path)) return failed('the path holds what no path may hold')
  if (/\/(\.|%2e){1,2}(\/|\?|$)/i.test(path)) return failed('the path leaves the provider’s own')
  return done({ origin: base.origin, path: base.path + path })
}

/** A provider's configured address in its parts, or why nothing is sent to it. */
export function readBase(baseUrl: string, local: boolean): Outcome<Base, string> {
  const url = URL.parse(baseUrl)
  if (!url || !/^https?:$/.test(url.protocol)) return failed('the address is neither http nor https')
  if (url.username || url.password) return failed('the address holds a user name')
  if (url.search || url.hash || /[?#\\]/.test(baseUrl)) return failed('the address has a query or a fragment')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host === '' || !/^[a-z0-9._:-]+$/.test(host)) return failed('the host is not valid')
  const problem = isIP(host) > 0 ? addressProblem(host, local) : undefined
  if (problem) return failed(problem)
  return done({ origin: url.origin, path: url.pathname.replace(/\/+$/, '') })
}

/** Why a resolved address is not connected to; undefined where it may be. */
export function addressProblem(address: string, local: boolean): string | undefined {
  const kind = addressKind(address)
  if (kind === 'never') return 'the host leads to an address that no provider is called at'
  if (kind === 'public' || local) return undefined
  return 'the host leads into a private network and the provider is not configured as local'
}
