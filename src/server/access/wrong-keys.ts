/** How many wrong keys an address has presented, as a value that fades: first free, then slow, then refused. */

export interface WrongKeyOptions {
  /** Wrong keys that are answered at once. */
  readonly free: number
  /** Beyond so many the address is refused. */
  readonly most: number
  /** How long one wrong key is remembered, ms; they fade one after the other. */
  readonly fadeForMs: number
  /** Added to the answer with each wrong key beyond the free ones, ms. */
  readonly delayStepMs: number
  readonly longestDelayMs: number
}

/** 5 at once, 25 more ever slower, then one every 2 s and each beyond it refused. */
export const wrongKeyDefaults: WrongKeyOptions = {
  free: 5,
  most: 30,
  fadeForMs: 2_000,
  delayStepMs: 100,
  longestDelayMs: 2_000,
}

export interface WrongKeys {
  /** Wrong keys not yet faded, with fractions. */
  readonly count: number
  readonly atMs: number
}

export const noWrongKeys: WrongKeys = { count: 0, atMs: 0 }

export function fade({ count, atMs }: WrongKeys, { fadeForMs }: WrongKeyOptions, nowMs: number): WrongKeys {
  return { count: Math.max(0, count - Math.max(0, nowMs - atMs) / fadeForMs), atMs: nowMs }
}

/** How long the address has to wait before a key of its is looked at again; 0 where it need not wait. */
export function blockedForMs(wrong: WrongKeys, options: WrongKeyOptions, nowMs: number): number {
  const { count } = fade(wrong, options, nowMs)
  return count < options.most ? 0 : Math.ceil((count - options.most + 1) * options.fadeForMs)
}

/** Counts one more; the answer waits for `delayMs`. What is counted has a bound, and so has the longest block. */
export function wrongKey(
  before: WrongKeys,
  options: WrongKeyOptions,
  nowMs: number,
): [WrongKeys, { readonly delayMs: number }] {
  const faded = fade(before, options, nowMs)
  const count = Math.min(options.most * 2, faded.count + 1)
  const delayMs = Math.max(0, Math.ceil(count) - options.free) * options.delayStepMs
  return [{ count, atMs: nowMs }, { delayMs: Math.min(options.longestDelayMs, delayMs) }]
}
