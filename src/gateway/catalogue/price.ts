/** Cost of a call in exact decimal arithmetic: prices are texts, and no cent is lost to binary fractions. */

import type { Usage } from '../../protocol/reply.ts'

export interface Prices {
  /** USD per million tokens, decimal strings. */
  readonly input: string
  readonly output: string
  /** Tokens read from the provider’s cache; as `input` where absent. */
  readonly cachedInput?: string
  /** Tokens written to the provider’s cache; as `input` where absent. */
  readonly cacheWrite?: string
}

/** Places behind the point that a price may have. */
const places = 12

/** USD as a decimal string with 6 places, half-up. Cached tokens are part of `usage.input` and counted once. */
export function costUsd(prices: Prices, usage: Usage): string {
  const { cachedInput = 0, cacheWriteInput = 0 } = usage
  const plainInput = Math.max(0, usage.input - cachedInput - cacheWriteInput)
  const perMillion =
    scaled(prices.input) * BigInt(plainInput) +
    scaled(prices.cachedInput ?? prices.input) * BigInt(cachedInput) +
    scaled(prices.cacheWrite ?? prices.input) * BigInt(cacheWriteInput) +
    scaled(prices.output) * BigInt(usage.output)
  // Tokens times price per million, in units of 10^-18 dollars; half a unit of the last kept place rounds up.
  const unit = 10n ** 12n
  const micros = (perMillion + unit / 2n) / unit
  const text = micros.toString().padStart(7, '0')
  return `${text.slice(0, -6)}.${text.slice(-6)}`
}

function scaled(price: string): bigint {
  const [whole = '0', fraction = ''] = price.split('.')
  return BigInt(whole + fraction.padEnd(places, '0').slice(0, places))
}
