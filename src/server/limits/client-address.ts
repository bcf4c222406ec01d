/** Who really calls where proxies stand between: the last address that no trusted proxy has vouched for. */

import { BlockList, isIP } from 'node:net'

/** Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed. */
export type Trusts = (address: string) => boolean

/** What is no address or network trusts nobody. */
export function trustsOf(proxies: readonly string[]): Trusts {
  if (proxies.length === 0) return () => false
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    const version = isIP(address)
    if (version === 0) continue
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

export interface Connection {
  /** Of the socket. */
  readonly remoteAddress?: string | undefined
  /** The header; the one nearest to here stands last. */
  readonly forwardedFor?: string | undefined
}

export function clientAddress({ remoteAddress = '', forwardedFor }: Connection, trusts: Trusts): string {
  let address = plain(remoteAddress)
  if (forwardedFor === undefined) return address
  const hops = forwardedFor.split(',').map((hop) => plain(hop.trim()))
  // From here outwards: what an untrusted hop says of those before it is hearsay.
  while (trusts(address)) {
    const before = hops.pop()
    if (before === undefined || isIP(before) === 0) return address
    address = before
  }
  return address
}

/** IPv4 in the clothes of IPv6, and ports that some proxies write behind. */
function plain(address: string): string {
  if (!address.includes(':')) return address
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(address)?.[1] ?? address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare
  return /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(mapped)?.[1] ?? mapped
}

/** Whom a limit for addresses holds: a household has one IPv4 address and 2^64 IPv6 addresses. */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const missing = address.includes('::') ? 8 - groups.length - tail.split(':').filter(Boolean).length : 0
  const all = [
    ...groups,
    ...Array<string>(Math.max(0, missing)).fill('0'),
    ...tail.split(':').filter(Boolean),
  ]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
