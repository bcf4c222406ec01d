import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../base/clock.ts'
import { createLoadMeter } from './load-meter.ts'
import { shed } from './shed.ts'

const limits = { inFlight: 100, lagMs: 500, lagForMs: 2_000, heapShare: 1 }

/** A clock whose timers fire as late as they are told to. */
function lateClock() {
  let nowMs = 0
  let due: { readonly atMs: number; readonly then: () => void } | undefined
  const clock: Clock = {
    monoMs: () => nowMs,
    wallMs: () => nowMs,
    sleep: () => Promise.resolve(),
    after(forMs, then) {
      due = { atMs: nowMs + forMs, then }
      return () => {
        due = undefined
      }
    },
  }
  const fire = (lateMs: number) => {
    const firing = due
    nowMs = (firing?.atMs ?? nowMs) + lateMs
    firing?.then()
  }
  return { clock, fire, isWaiting: () => due !== undefined }
}

test('load meter: refuses while the event loop stays behind, and no longer', () => {
  const { clock, fire, isWaiting } = lateClock()
  const meter = createLoadMeter(clock, () => limits.lagMs)
  const says = () => shed({ ...meter.load(), inFlight: 1 }, limits)?.code ?? 'taken'
  const said = [3, 5_000, 4, 700, 700, 700, 700, 10].map((lateMs) => {
    fire(lateMs)
    return says()
  })
  const [busy, taken] = ['gateway_overloaded', 'taken']
  assert.deepEqual(said, [taken, taken, taken, taken, taken, taken, busy, taken])
  meter.close()
  assert.equal(isWaiting(), false)
})
