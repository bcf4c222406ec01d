/** Callers that wait for their batch to be committed, with one timer for all of them. */

import type { Clock } from '../base/clock.ts'

type Resolve = (written: { readonly ok: boolean }) => void

export interface Waiting {
  /** Waits for the batch that is being gathered. `onLate` is called once where the limit passes first. */
  add(onLate: () => void): Promise<{ readonly ok: boolean }>
  /** The gathered callers now belong to batch `id`. */
  nextBatch(id: number): void
  settle(id: number, ok: boolean): void
}

export function createWaiting(clock: Clock, limitMs: number): Waiting {
  let gathered: Resolve[] = []
  const batches = new Map<number, Resolve[]>()
  let clear: (() => void) | undefined

  const release = (resolves: readonly Resolve[], ok: boolean) => {
    for (const resolve of resolves) resolve({ ok })
  }
  const arm = (onLate: () => void) => {
    clear ??= clock.after(limitMs, () => {
      clear = undefined
      onLate()
      for (const resolves of batches.values()) release(resolves, false)
      batches.clear()
      release(gathered, false)
      gathered = []
    })
  }
  return {
    add(onLate) {
      arm(onLate)
      return new Promise((resolve) => gathered.push(resolve))
    },
    nextBatch(id) {
      batches.set(id, gathered)
      gathered = []
    },
    settle(id, ok) {
      release(batches.get(id) ?? [], ok)
      batches.delete(id)
      clear?.()
      clear = undefined
      // Callers of the next batch have waited since before this commit: their time starts again with it.
      if (gathered.length > 0) arm(() => {})
    },
  }
}
