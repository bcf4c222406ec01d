/** Reads instants as trace writers send them. */

import { asNumber } from './loose.ts'

/** Beyond these a number of ms would be a number of µs or ns, or before it of seconds. */
const [leastMs, leastUs, leastNs] = [1e11, 1e14, 1e17]

/** Ms since 1970 with fractions, from ISO text (without a zone it is UTC) or a number of s, ms, µs or ns. */
export function readTime(value: unknown): number | undefined {
  const number = asNumber(value)
  if (number !== undefined) return number > 0 ? scaled(number) : undefined
  if (typeof value !== 'string') return undefined
  const found =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?(?:\[.*\])?$/i.exec(
      value.trim(),
    )
  if (!found) return undefined
  const [, day, time, fraction = '', zone = 'Z'] = found
  const whole = Date.parse(`${day}T${time}${zone}`)
  return Number.isNaN(whole) ? undefined : whole + Number(`0.${fraction || '0'}`) * 1_000
}

function scaled(number: number): number {
  if (number >= leastNs) return number / 1e6
  if (number >= leastUs) return number / 1e3
  return number >= leastMs ? number : number * 1e3
}
