/** How far long work has come: a bar drawn in place on a terminal, a line now and then elsewhere. */

import type { Clock } from '../base/clock.ts'

export interface Progress {
  readonly done: number
  readonly total: number
  readonly failed: number
  /** Absent until something is done. */
  readonly perSecond?: number
}

/** How far it came when it ended. */
export interface LastProgress extends Progress {
  /** This run, without what was done before, ms. */
  readonly tookMs: number
}

export interface ProgressBar {
  /** One more is done. */
  step(isSuccess: boolean): void
  /** Draws the last state and leaves the line. */
  close(): LastProgress
}

export interface ProgressOptions {
  readonly total: number
  /** Done before this run: part of the bar, and not of the rate. */
  readonly doneBefore?: number
  readonly failedBefore?: number
  readonly isSilent: boolean
  readonly clock: Clock
  readonly out: NodeJS.WriteStream
}

const barWidth = 24
const drawEveryMs = 100
const lineEveryMs = 5_000

/** `[======>         ]  25 %  2,500 of 10,000  123.4/s  1:01 left  3 failed` */
export function progressText({ done, total, failed, perSecond }: Progress): string {
  const share = total === 0 ? 1 : done / total
  const full = Math.floor(share * barWidth)
  const bar = `${'='.repeat(full)}${full < barWidth ? '>' : ''}`.padEnd(barWidth).slice(0, barWidth)
  const parts = [
    `[${bar}]`,
    `${Math.floor(share * 100)} %`.padStart(5),
    `${counted(done)} of ${counted(total)}`,
    ...(perSecond === undefined
      ? []
      : [`${perSecond.toFixed(1)}/s`, `${spanText((total - done) / perSecond)} left`]),
    ...(failed > 0 ? [`${counted(failed)} failed`] : []),
  ]
  return parts.join('  ')
}

const counted = (count: number) => count.toLocaleString('en-US')

/** `0:07`, `12:30`, `1:02:03`. */
export function spanText(seconds: number): string {
  const whole = Math.ceil(Math.min(seconds, 8_640_000))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3_600)
  const minutes = Math.floor((whole % 3_600) / 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

export function openProgress(options: ProgressOptions): ProgressBar {
  const { total, doneBefore = 0, failedBefore = 0, isSilent, clock, out } = options
  const isLive = out.isTTY === true
  const startMs = clock.monoMs()
  let done = 0
  let failed = failedBefore
  let cancel = () => {}
  const now = (): Progress => {
    const seconds = (clock.monoMs() - startMs) / 1_000
    const rate = done > 0 && seconds > 0 ? { perSecond: done / seconds } : {}
    return { done: doneBefore + done, total, failed, ...rate }
  }
  const draw = () => {
    if (isSilent) return
    out.write(isLive ? `\r\u001b[K${progressText(now())}` : `${progressText(now())}\n`)
    cancel = clock.after(isLive ? drawEveryMs : lineEveryMs, draw)
  }
  cancel = clock.after(isLive ? 0 : lineEveryMs, draw)
  return {
    step(isSuccess) {
      done += 1
      if (!isSuccess) failed += 1
    },
    close() {
      cancel()
      if (!isSilent) out.write(isLive ? `\r\u001b[K${progressText(now())}\n` : `${progressText(now())}\n`)
      return { ...now(), tookMs: Math.round(clock.monoMs() - startMs) }
    },
  }
}
