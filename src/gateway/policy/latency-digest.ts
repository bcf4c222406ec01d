/** How long a target lately took, as counts in steps of a tenth: small, quick to add to, and old times fade. */

export interface LatencyDigest {
  /** Calls by step; step n holds times up to 1.1^n ms. Changed in place: it is added to with every call. */
  readonly calls: Uint32Array
  total: number
}

export interface HedgeOptions {
  /** Share of calls that answer sooner than the wait before a second one, 0.5 to 0.999. */
  readonly quantile: number
  /** Calls that must be known before a wait is worked out. */
  readonly minCalls: number
  /** Shortest wait, ms. */
  readonly atLeastMs: number
}

/** 1.1^140 ms is ten minutes. */
const steps = 141
const step = Math.log(1.1)
/** From here on all counts are halved, so that a target that became slower or faster is soon known as such. */
const fadeAt = 1_000

export function openLatencyDigest(): LatencyDigest {
  return { calls: new Uint32Array(steps), total: 0 }
}

export function noteLatency(digest: LatencyDigest, forMs: number): void {
  const at = Math.min(steps - 1, Math.max(0, Math.ceil(Math.log(Math.max(1, forMs)) / step)))
  digest.calls[at] = (digest.calls[at] ?? 0) + 1
  digest.total += 1
  if (digest.total < fadeAt) return
  digest.total = 0
  for (let one = 0; one < steps; one += 1) {
    const left = (digest.calls[one] ?? 0) >> 1
    digest.calls[one] = left
    digest.total += left
  }
}

/** The time within which that share of the calls answered, ms, up to a tenth too long; undefined where none is known. */
export function latencyQuantile({ calls, total }: LatencyDigest, quantile: number): number | undefined {
  if (total === 0) return undefined
  let wanted = quantile * total
  for (let at = 0; at < steps; at += 1) {
    wanted -= calls[at] ?? 0
    if (wanted <= 0) return 1.1 ** at
  }
  return 1.1 ** (steps - 1)
}

/** How long to wait before a second target is called beside the first, ms; undefined where too little is known. */
export function hedgeAfterMs(digest: LatencyDigest | undefined, options: HedgeOptions): number | undefined {
  if (digest === undefined || digest.total < options.minCalls) return undefined
  const atMs = latencyQuantile(digest, options.quantile)
  return atMs === undefined ? undefined : Math.max(options.atLeastMs, Math.ceil(atMs))
}
