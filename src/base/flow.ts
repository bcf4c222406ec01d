/** Sequences that come in their own time, handed over piece by piece without a promise for each: a token of a stream costs little beside one. */

/** True: go on. False: no more. A promise: go on when it resolves. */
export type Taken = boolean | Promise<void>

export type Take<Value> = (value: Value) => Taken

export interface Flow<Value> extends AsyncIterator<Value, undefined> {
  /** Hands over what comes until there is no more or `take` wants none; what is left can be asked for with `next`. Rejects where the sequence breaks or `take` throws. */
  flow(take: Take<Value>): Promise<void>
}

/** A sequence that may have a `flow` of its own. */
export type MayFlow<Value> = AsyncIterator<Value, undefined> & Partial<Pick<Flow<Value>, 'flow'>>

/** By `flow` where there is one, and else one after the other. */
export const handOver = <Value>(from: MayFlow<Value>, take: Take<Value>): Promise<void> =>
  from.flow ? from.flow(take) : handOverEach(from, take)

async function handOverEach<Value>(from: MayFlow<Value>, take: Take<Value>): Promise<void> {
  for (;;) {
    const next = await from.next()
    if (next.done) return
    const taken = take(next.value)
    if (taken === false) return
    if (taken !== true) await taken
  }
}
