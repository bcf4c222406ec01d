/** A notary that also tells what it enters: the one place where metrics and learning hear of every request. */

interface Recording<Entered, Rest extends readonly unknown[], Written> {
  record(record: Entered, ...rest: Rest): Promise<Written>
}

export interface WatchedNotary<Notary> {
  readonly notary: Notary
  /** Entries that were handed over and are not confirmed or given up yet. */
  waiting(): number
  /** True from an entry that was not confirmed in time until one is. */
  isFailing(): boolean
}

/** `hear` is called at once and must be quick; it cannot make an entry fail. */
export function watchNotary<
  Entered,
  Rest extends readonly unknown[],
  Written extends { readonly ok: boolean },
  Notary extends Recording<Entered, Rest, Written>,
>(
  notary: Notary & Recording<Entered, Rest, Written>,
  hear: (record: Entered) => void,
): WatchedNotary<Notary> {
  let waiting = 0
  let isFailing = false
  return {
    notary: {
      ...notary,
      async record(record: Entered, ...rest: Rest) {
        waiting += 1
        try {
          hear(record)
        } catch {
          // Whoever listens has a defect of its own; the entry is written all the same.
        }
        const written = await notary.record(record, ...rest)
        waiting -= 1
        isFailing = !written.ok
        return written
      },
    },
    waiting: () => waiting,
    isFailing: () => isFailing,
  }
}
