/** A number of tokens as a wire tells it. */

/** Undefined for what is none. */
export function wireCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}
