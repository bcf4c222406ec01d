/** Adds amounts of money exactly. */

const places = 6

/** The sum of decimal strings of at most 6 places, with 6 places; undefined where there are none. */
export function sumUsd(amounts: readonly (string | undefined)[]): string | undefined {
  const known = amounts.filter((amount) => amount !== undefined)
  if (known.length < 2) return known[0]
  const text = known
    .reduce((sum, amount) => sum + micros(amount), 0n)
    .toString()
    .padStart(places + 1, '0')
  return `${text.slice(0, -places)}.${text.slice(-places)}`
}

function micros(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.')
  return BigInt(whole + fraction.padEnd(places, '0').slice(0, places))
}
