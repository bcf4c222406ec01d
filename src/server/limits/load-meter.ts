/** Measures four times a second how late the event loop is and how full the heap. */

import { getHeapStatistics } from 'node:v8'
import type { Clock } from '../../base/clock.ts'
import { afterMeasuring, beyondForMs, noLag } from './lag.ts'
import type { Load } from './shed.ts'

export interface LoadMeter {
  load(): Omit<Load, 'inFlight'>
  close(): void
}

const everyMs = 250

/** `lagLimitMs` is asked at each measurement. */
export function createLoadMeter(clock: Clock, lagLimitMs: () => number): LoadMeter {
  let measured = { lagMs: 0, behindForMs: 0, heapShare: 0 }
  let lag = noLag
  let cancel = () => {}
  const measure = () => {
    const dueMs = clock.monoMs() + everyMs
    cancel = clock.after(everyMs, () => {
      const nowMs = clock.monoMs()
      const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics()
      lag = afterMeasuring(lag, { lateMs: Math.max(0, nowMs - dueMs), nowMs }, lagLimitMs())
      measured = { lagMs: lag.lagMs, behindForMs: beyondForMs(lag, nowMs), heapShare: used / most }
      measure()
    })
  }
  measure()
  return { load: () => measured, close: () => cancel() }
}
