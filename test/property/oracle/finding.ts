/** What an invariant has found to be wrong with a run. */

export interface Finding {
  readonly atMs: number
  readonly request?: string
  readonly says: string
}
