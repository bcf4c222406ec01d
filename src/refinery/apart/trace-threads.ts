/** The threads of large traces, of which only so many live at once: each takes memory. */

import type { TraceSource } from './thread-talk.ts'
import { startTraceThread, type TraceThread } from './trace-thread.ts'

export interface TraceThreads {
  /** At once. */
  readonly most: number
  /** Undefined where as many live already. */
  start(source: TraceSource): TraceThread | undefined
}

export function openTraceThreads(most: number): TraceThreads {
  let living = 0
  return {
    most,
    start(source) {
      if (living >= most) return undefined
      living += 1
      return startTraceThread(source, () => {
        living -= 1
      })
    },
  }
}
