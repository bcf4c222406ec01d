/** What a check has found to be wrong. */

export interface Finding {
  /** Of the list in `invariants/all.ts`. */
  readonly invariant: string
  readonly atMs: number
  readonly request?: string
  readonly says: string
}
