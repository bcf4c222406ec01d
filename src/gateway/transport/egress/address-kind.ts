/** Where an IP address leads: decided from the address alone, in whatever form it is written. */

import { isIP } from 'node:net'

/**
 * `private` and `loopback` are reached by providers that are configured as local, `public` by all. `never`:
 * services that hand out a machine's credentials, link-local, multicast and reserved ranges, and what is no address.
 */
export type AddressKind = 'public' | 'private' | 'loopback' | 'never'

type Range = readonly [first: readonly number[], bits: number, kind: AddressKind]

/** IANA's special-purpose registries (RFC 6890), and the fixed addresses of clouds. First match wins. */
const ranges4: readonly Range[] = [
  [[0, 0, 0, 0], 32, 'loopback'],
  [[0], 8, 'never'],
  [[10], 8, 'private'],
  [[100, 100, 100, 200], 32, 'never'],
  [[100, 64], 10, 'private'],
  [[127], 8, 'loopback'],
  [[168, 63, 129, 16], 32, 'never'],
  [[169, 254], 16, 'never'],
  [[172, 16], 12, 'private'],
  [[192, 0, 0], 24, 'never'],
  [[192, 0, 2], 24, 'never'],
  [[192, 88, 99], 24, 'never'],
  [[192, 168], 16, 'private'],
  [[198, 18], 15, 'private'],
  [[198, 51, 100], 24, 'never'],
  [[203, 0, 113], 24, 'never'],
  [[224], 3, 'never'],
]

const zeros = (count: number): readonly number[] => Array<number>(count).fill(0)

const ranges6: readonly Range[] = [
  [zeros(16), 128, 'loopback'],
  [[...zeros(15), 1], 128, 'loopback'],
  [[0x01, 0x00], 8, 'never'],
  [[0x20, 0x01, 0x00, 0x00], 23, 'never'],
  [[0x20, 0x01, 0x0d, 0xb8], 32, 'never'],
  [[0x3f, 0xff], 20, 'never'],
  [[0x5f, 0x00], 16, 'never'],
  [[0xfd, 0x00, 0x0e, 0xc2], 32, 'never'],
  [[0xfc], 7, 'private'],
  [[0xfe, 0x80], 10, 'never'],
  [[0xfe, 0xc0], 10, 'never'],
  [[0xff], 8, 'never'],
]

/** Addresses of version 6 that carry one of version 4, and where in them it stands. */
const carriers: readonly [first: readonly number[], bits: number, at: number][] = [
  [[...zeros(10), 0xff, 0xff], 96, 12],
  [[...zeros(8), 0xff, 0xff, 0, 0], 96, 12],
  [[0x00, 0x64, 0xff, 0x9b], 96, 12],
  [[0x00, 0x64, 0xff, 0x9b, 0x00, 0x01], 48, 12],
  [[0x20, 0x02], 16, 2],
  [zeros(12), 96, 12],
]

/** `address` as the resolver or the socket tells it; a zone (`fe80::1%eth0`) is left aside. */
export function addressKind(address: string): AddressKind {
  const plain = address.split('%')[0] ?? ''
  const version = isIP(plain)
  if (version === 4) return kind4(bytes4(plain))
  return version === 6 ? kind6(bytes6(plain)) : 'never'
}

function kind4(bytes: readonly number[]): AddressKind {
  return ranges4.find(([first, bits]) => isWithin(bytes, first, bits))?.[2] ?? 'public'
}

function kind6(bytes: readonly number[]): AddressKind {
  const own = ranges6.find(([first, bits]) => isWithin(bytes, first, bits))?.[2]
  if (own !== undefined) return own
  const carrier = carriers.find(([first, bits]) => isWithin(bytes, first, bits))
  return carrier ? kind4(bytes.slice(carrier[2], carrier[2] + 4)) : 'public'
}

function isWithin(bytes: readonly number[], first: readonly number[], bits: number): boolean {
  for (let at = 0; at * 8 < bits; at += 1) {
    const mask = bits - at * 8 >= 8 ? 0xff : (0xff << (8 - (bits - at * 8))) & 0xff
    if (((bytes[at] ?? 0) & mask) !== ((first[at] ?? 0) & mask)) return false
  }
  return true
}

const bytes4 = (text: string) => text.split('.').map(Number)

/** 16 bytes of a valid address. */
function bytes6(text: string): readonly number[] {
  const [head = '', tail] = text.split('::')
  const first = words(head)
  const last = tail === undefined ? [] : words(tail)
  return [...first, ...zeros(16 - first.length - last.length), ...last]
}

function words(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((word) => {
    if (word.includes('.')) return bytes4(word)
    const value = Number.parseInt(word, 16)
    return [value >> 8, value & 0xff]
  })
}
