/** Who may call a gateway that asks for no key: programs on this machine, and no page of another site. */

import { type Fault, makeFault } from '../protocol/fault.ts'

export interface CallerHeaders {
  readonly host?: string
  readonly origin?: string
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Undefined where the call may go on. Guards against pages that rebind a name to this machine. */
export function checkCaller(headers: CallerHeaders, listening: { readonly host: string }): Fault | undefined {
  const name = hostName(headers.host)
  if (name === undefined || !(loopbackNames.has(name) || name === listening.host))
    return makeFault('forbidden_origin', 'the Host header does not name this gateway')
  if (headers.origin === undefined) return undefined
  const origin = URL.parse(headers.origin)
  if (origin && loopbackNames.has(origin.hostname)) return undefined
  return makeFault('forbidden_origin', 'pages of other sites may not call this gateway')
}

/** Mostly all callers name the same. */
let lastHost: { readonly host: string | undefined; readonly name: string | undefined } | undefined

function hostName(host: string | undefined): string | undefined {
  if (lastHost?.host !== host || lastHost === undefined) {
    const name = host?.match(/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i)?.[1]?.toLowerCase()
    lastHost = { host, name }
  }
  return lastHost.name
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
