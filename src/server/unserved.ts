/** What a caller is told whose path or method is not served: the way that works, where there is one. */

import { type Fault, makeFault } from '../protocol/fault.ts'

/** A served endpoint: its methods and its path, where `:name` is one segment and a last `*` any rest. */
export interface Endpoint {
  readonly methods: readonly string[]
  readonly path: string
}

export interface Unserved {
  readonly fault: Fault
  /** The `Allow` header of a 405. */
  readonly allow?: string
}

const stateless = 'the gateway keeps no responses; keep `output` and send it again in `input`'
const direct = 'call the provider directly for it'

/** Paths of the providers' APIs that are known and not served, each with what to do. The first match counts. */
const known: readonly [path: RegExp, hint: string][] = [
  [/^\/v1\/responses\//, stateless],
  [/^\/v1\/conversations(\/|$)/, stateless],
  [/^\/v1\/completions$/, 'send the prompt as a message to /v1/chat/completions'],
  [
    /^\/v1\/chat\/completions\//,
    'the gateway keeps no completions; the ledger has the record of each request',
  ],
  [/^\/v1\/messages\/batches(\/|$)/, 'send the messages one by one to /v1/messages'],
  [
    /^\/v1\/(assistants|threads)(\/|$)/,
    'use /v1/responses or /v1/chat/completions and keep the messages yourself',
  ],
  [/^\/v1\/moderations$/, direct],
  [/^\/v1\/(images|audio|videos|realtime)(\/|$)/, direct],
  [/^\/v1\/(files|uploads|batches|vector_stores|containers|skills)(\/|$)/, direct],
  [/^\/v1\/(fine_tuning|evals|organization|complete)(\/|$)/, direct],
]

/** `url` may carry a query. */
export function unserved(method: string, url: string, endpoints: readonly Endpoint[]): Unserved {
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  const methods = methodsAt(path, endpoints)
  if (methods.length > 0) {
    const allow = methods.join(', ')
    const says = `${method.slice(0, 20)} is not a method of this endpoint; it takes ${allow}`
    return { fault: makeFault('method_not_allowed', says), allow }
  }
  const hint = known.find(([pattern]) => pattern.test(path))?.[1]
  if (hint !== undefined)
    return { fault: makeFault('not_implemented', `this gateway does not serve this endpoint: ${hint}`) }
  const meant = meantPath(path, endpoints)
  const instead = meant === undefined ? '' : `; did you mean ${meant}? Check the base URL of the client`
  return { fault: makeFault('unknown_path', `no such endpoint${instead}`) }
}

/** In order of the alphabet, each once; empty where nothing is served. */
export function methodsAt(path: string, endpoints: readonly Endpoint[]): readonly string[] {
  const methods = endpoints.flatMap((endpoint) => (matches(endpoint.path, path) ? endpoint.methods : []))
  return [...new Set(methods)].sort()
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  for (const [at, segment] of wanted.entries()) {
    if (segment === '*') return given.length > at && given[at] !== ''
    const there = given[at]
    if (there === undefined || (segment.startsWith(':') ? there === '' : segment !== there)) return false
  }
  return given.length === wanted.length
}

/** Base URLs are often given without the version, or with it twice. */
function meantPath(path: string, endpoints: readonly Endpoint[]): string | undefined {
  const candidates = [`/v1${path}`, path.replace(/^\/v1\/v1\//, '/v1/'), path.replace(/\/+$/, '')]
  return candidates.find((one) => one !== path && methodsAt(one, endpoints).length > 0)
}
