/** Amounts of money as whole micro-dollars, which add up exactly. */

/** Of a decimal string of USD; more than 6 places are rounded up, so that nothing is free. */
export function microUsd(usd: string): number {
  const [whole = '0', fraction = ''] = usd.split('.')
  const kept = Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
  return kept + (/[1-9]/.test(fraction.slice(6)) ? 1 : 0)
}

/** With 6 places. */
export function usdText(micro: number): string {
  const text = Math.round(micro).toString().padStart(7, '0')
  return `${text.slice(0, -6)}.${text.slice(-6)}`
}
