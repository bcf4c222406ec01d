/** The part of `tdigest` that is used here; the package brings no types. */

declare module 'tdigest' {
  export class TDigest {
    push(value: number, count?: number): void
    compress(): void
    size(): number
    /** Undefined for an empty digest. */
    percentile(share: number): number | undefined
    toArray(): { mean: number; n: number }[]
    push_centroid(centroids: readonly { mean: number; n: number }[]): void
  }
}
