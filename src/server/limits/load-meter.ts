/** Measures four times a second how late the event loop is and how full the heap. */

import { getHeapStatistics } from 'node:v8'
import type { Clock } from '../../base/clock.ts'
import type { Load } from './shed.ts'

export interface LoadMeter {
  load(): Omit<Load, 'inFlight'>
  close(): void
}

const everyMs = 250
/** Weight of the newest lag: one long pause alone must not refuse anybody for long. */
const freshShare = 0.5

export function createLoadMeter(clock: Clock): LoadMeter {
  let measured = { lagMs: 0, heapShare: 0 }
  let cancel = () => {}
  const measure = () => {
    const dueMs = clock.monoMs() + everyMs
    cancel = clock.after(everyMs, () => {
      const lateMs = Math.max(0, clock.monoMs() - dueMs)
      const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics()
      measured = {
        lagMs: measured.lagMs * (1 - freshShare) + lateMs * freshShare,
        heapShare: used / most,
      }
      measure()
    })
  }
  measure()
  return { load: () => measured, close: () => cancel() }
}
