/** Days and months of budgets, in UTC. */

export interface Period {
  /** `2030-01-31` or `2030-01`. */
  readonly name: string
  /** Until the next one begins, ms. */
  readonly endsInMs: number
}

export function dayOf(wallMs: number): Period {
  const text = new Date(wallMs).toISOString()
  const next = Date.parse(`${text.slice(0, 10)}T00:00:00Z`) + 86_400_000
  return { name: text.slice(0, 10), endsInMs: next - wallMs }
}

export function monthOf(wallMs: number): Period {
  const now = new Date(wallMs)
  const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
  return { name: now.toISOString().slice(0, 7), endsInMs: next - wallMs }
}
