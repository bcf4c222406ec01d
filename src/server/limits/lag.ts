/** How long the event loop has been behind: one pause, however long, is no overload; lag that goes on is. */

export interface Lag {
  /** How late the newest measurement was, ms. */
  readonly lagMs: number
  /** When the first of the measurements beyond the limit was made; absent where the newest was within it. */
  readonly beyondSinceMs?: number
}

export const noLag: Lag = { lagMs: 0 }

export interface Measured {
  readonly lateMs: number
  readonly nowMs: number
}

/** The pause before the first late measurement is not counted: a machine that slept is not overloaded. */
export function afterMeasuring(lag: Lag, { lateMs, nowMs }: Measured, limitMs: number): Lag {
  if (lateMs <= limitMs) return { lagMs: lateMs }
  return { lagMs: lateMs, beyondSinceMs: lag.beyondSinceMs ?? nowMs }
}

/** For how long it had been beyond the limit at `nowMs`, ms. */
export const beyondForMs = ({ beyondSinceMs }: Lag, nowMs: number): number =>
  beyondSinceMs === undefined ? 0 : nowMs - beyondSinceMs
