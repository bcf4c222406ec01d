/** Reads the proxies that the machine's environment names. */

import type { Proxies } from '../gateway/transport/undici-transport.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Always reached directly: a proxy cannot know this machine's own names. */
const ownNames = 'localhost,127.0.0.1,::1'

/** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case; undefined where no proxy is named. */
export function proxiesFrom(env: Environment): Proxies | undefined {
  const read = (name: string) => env[name.toLowerCase()] || env[name] || undefined
  const httpsProxy = read('HTTPS_PROXY')
  const httpProxy = read('HTTP_PROXY')
  if (httpsProxy === undefined && httpProxy === undefined) return undefined
  const noProxy = [ownNames, read('NO_PROXY')].filter((hosts) => hosts !== undefined).join(',')
  // An empty text keeps the agent from reading the environment by itself.
  return { httpProxy: httpProxy ?? '', httpsProxy: httpsProxy ?? '', noProxy }
}
