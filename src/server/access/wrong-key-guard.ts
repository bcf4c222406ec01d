/** Remembers which addresses present wrong keys, within a bound of memory. */

import type { Clock } from '../../base/clock.ts'
import { blockedForMs, noWrongKeys, type WrongKeyOptions, type WrongKeys, wrongKey } from './wrong-keys.ts'

export interface WrongKeyGuard {
  /** 0 where the address need not wait. */
  blockedForMs(address: string): number
  /** Counts a wrong key; the answer is to wait so long, ms. */
  wrong(address: string): number
  /** Addresses that are remembered. */
  size(): number
}

/** Beyond so many addresses the one that was quiet for longest is forgotten. */
const addressLimit = 10_000

export function createWrongKeyGuard(clock: Clock, options: WrongKeyOptions): WrongKeyGuard {
  const addresses = new Map<string, WrongKeys>()
  return {
    blockedForMs: (address) =>
      blockedForMs(addresses.get(network(address)) ?? noWrongKeys, options, clock.monoMs()),
    wrong(address) {
      const place = network(address)
      const [next, { delayMs }] = wrongKey(addresses.get(place) ?? noWrongKeys, options, clock.monoMs())
      addresses.delete(place)
      addresses.set(place, next)
      if (addresses.size > addressLimit) addresses.delete(addresses.keys().next().value ?? '')
      return delayMs
    },
    size: () => addresses.size,
  }
}

/** One machine of version 6 has a whole /64 to itself; version 4 written as version 6 is version 4. */
export function network(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length)
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  return [...first, ...Array<string>(zeros).fill('0'), ...last]
    .slice(0, 4)
    .map((word) => word.replace(/^0+(?=.)/, ''))
    .join(':')
}
