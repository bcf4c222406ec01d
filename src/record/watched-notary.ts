/** A notary that also tells what it enters: the one place where metrics and learning hear of every request. */

interface Recording<Entered, Rest extends readonly unknown[], Written> {
  record(record: Entered, ...rest: Rest): Promise<Written>
}

/** `hear` is called at once and must be quick; it cannot make an entry fail. */
export function watchNotary<
  Entered,
  Rest extends readonly unknown[],
  Written,
  Notary extends Recording<Entered, Rest, Written>,
>(notary: Notary & Recording<Entered, Rest, Written>, hear: (record: Entered) => void): Notary {
  return {
    ...notary,
    record(record: Entered, ...rest: Rest) {
      try {
        hear(record)
      } catch {
        // Whoever listens has a defect of its own; the entry is written all the same.
      }
      return notary.record(record, ...rest)
    },
  }
}
