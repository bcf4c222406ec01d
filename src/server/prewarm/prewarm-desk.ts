/** Asks ahead of time what will be asked again, so that the cache knows it: one list at a time. */

import type { Clock } from '../../base/clock.ts'
import type { Caller } from '../../protocol/access.ts'
import type { NumberedLine } from '../../record/batch/line-file.ts'
import type { LineResult } from '../batch/batch-line.ts'
import { type RunOptions, runLines } from '../batch/run-lines.ts'

export interface PrewarmState {
  readonly isRunning: boolean
  readonly total: number
  readonly done: number
  /** Asked and kept now. */
  readonly warmed: number
  /** The cache knew them already. */
  readonly known: number
  readonly failed: number
  readonly perSecond?: number
  /** ISO 8601; absent before the first run. */
  readonly startedAt?: string
  readonly endedAt?: string
}

export interface PrewarmDesk {
  /** False where one is running. */
  start(bodies: readonly Readonly<Record<string, unknown>>[], caller: Caller): boolean
  state(): PrewarmState
  /** Ends what runs. */
  close(): Promise<void>
}

export interface PrewarmParts {
  readonly clock: Clock
  /** Requests at once. */
  readonly workers: () => number
  readonly askerFor: (caller: Caller) => RunOptions['ask']
}

interface Counts {
  done: number
  warmed: number
  known: number
  failed: number
}

export function createPrewarmDesk({ clock, workers, askerFor }: PrewarmParts): PrewarmDesk {
  const end = new AbortController()
  let counts: Counts = { done: 0, warmed: 0, known: 0, failed: 0 }
  let total = 0
  let startedAtMs: number | undefined
  let endedAtMs: number | undefined
  let running: Promise<void> | undefined
  const count = (result: LineResult) => {
    counts.done += 1
    if (result.error) counts.failed += 1
    else if (result.cache === 'hit' || result.cache === 'similar') counts.known += 1
    else counts.warmed += 1
  }
  return {
    start(bodies, caller) {
      if (running || end.signal.aborted) return false
      counts = { done: 0, warmed: 0, known: 0, failed: 0 }
      total = bodies.length
      startedAtMs = clock.wallMs()
      endedAtMs = undefined
      running = runLines({
        lines: linesOf(bodies),
        isDone: () => false,
        concurrency: workers(),
        ask: askerFor(caller),
        write: async (result) => count(result),
        clock,
        stop: end.signal,
        cut: end.signal,
      })
        .catch(() => {})
        .finally(() => {
          endedAtMs = clock.wallMs()
          running = undefined
        })
      return true
    },
    state() {
      const seconds = startedAtMs === undefined ? 0 : ((endedAtMs ?? clock.wallMs()) - startedAtMs) / 1_000
      return {
        isRunning: running !== undefined,
        total,
        ...counts,
        ...(counts.done > 0 && seconds > 0 ? { perSecond: counts.done / seconds } : {}),
        ...(startedAtMs === undefined ? {} : { startedAt: new Date(startedAtMs).toISOString() }),
        ...(endedAtMs === undefined ? {} : { endedAt: new Date(endedAtMs).toISOString() }),
      }
    },
    async close() {
      end.abort()
      await running
    },
  }
}

async function* linesOf(
  bodies: readonly Readonly<Record<string, unknown>>[],
): AsyncGenerator<NumberedLine, void> {
  for (const [at, body] of bodies.entries()) {
    const adaptive = { ...(body['adaptive'] as object | undefined), cache: 'write' }
    const text = JSON.stringify({
      custom_id: String(at + 1),
      url: '/v1/chat/completions',
      body: { ...body, adaptive },
    })
    yield { number: at + 1, text }
  }
}
