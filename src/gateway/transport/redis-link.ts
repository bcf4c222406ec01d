/** One connection to a Redis that processes share, behind one breaker: whoever waits waits briefly, and nobody once it is away. */

import { Redis } from 'ioredis'
import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { moreToWait } from './redis-patience.ts'

export interface RedisLinkOptions {
  readonly url: string
  /** Begins the name of the probe's key. */
  readonly prefix: string
  /** Longest silence while an answer is waited for, ms. */
  readonly waitMs: number
  readonly clock: Clock
  /** One line for each change of state. */
  readonly onChange: (line: string) => void
}

/** Why there is no answer: it is away, or it refused this one command. */
export type NoAnswer = 'away' | 'refused'

export interface RedisLink {
  /** Never rejects; resolves when Redis has said nothing for `waitMs`, and at once while it is away. */
  ask<Value>(run: (redis: Redis) => Promise<Value>): Promise<Outcome<Value, NoAnswer>>
  isAway(): boolean
  /** Resolves when Redis has answered, or after `forMs`. */
  settled(forMs: number): Promise<void>
  /** Calls `then` each time Redis is back. */
  onBack(then: () => void): void
  close(): void
}

const probeEveryMs = 100
/** A probe that is not answered for so long asks for a new connection. */
const deadAfterMs = 3_000
/** Answers of a Redis that can be reached and not used. */
const unfit = /^(OOM|READONLY|NOAUTH|WRONGPASS|NOPERM|LOADING|MISCONF|MASTERDOWN|CLUSTERDOWN)\b/

export function openRedisLink(options: RedisLinkOptions): RedisLink {
  const link = new Link(options)
  return {
    ask: (run) => link.ask(run),
    isAway: () => link.isAway,
    settled: (forMs) => link.settled(forMs),
    onBack: (then) => void link.back.push(then),
    close: () => link.close(),
  }
}

/** Has identity: the one connection and what is known of it. */
class Link {
  isAway = true
  readonly back: (() => void)[] = []
  readonly #redis: Redis
  readonly #options: RedisLinkOptions
  readonly #waiting = new Set<() => void>()
  readonly #settling = new Set<() => void>()
  #isTold = false
  #isClosed = false
  #probeSinceMs: number | undefined
  #reason = 'no connection'
  #heardAtMs = Number.NEGATIVE_INFINITY

  constructor(options: RedisLinkOptions) {
    this.#options = options
    this.#redis = new Redis(options.url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 1_000,
      retryStrategy: (times) => Math.min(times * 100, 1_000),
    })
    this.#redis.on('error', (error: Error) => this.#turnAway(error.message))
    this.#redis.on('ready', () => this.#probe())
    this.#redis.on('close', () => {
      this.#probeSinceMs = undefined
      this.#turnAway('the connection ended')
    })
    this.#probeSoon()
  }

  ask<Value>(run: (redis: Redis) => Promise<Value>): Promise<Outcome<Value, NoAnswer>> {
    if (this.isAway) return Promise.resolve(failed('away'))
    const { clock, waitMs } = this.#options
    return new Promise((resolve) => {
      const release = () => end(failed('away'))
      const end = (outcome: Outcome<Value, NoAnswer>) => {
        stop()
        this.#waiting.delete(release)
        resolve(outcome)
      }
      const sentAtMs = clock.monoMs()
      let stop = () => {}
      const waitFor = (forMs: number) => {
        const dueMs = clock.monoMs() + forMs
        stop = clock.after(forMs, () => {
          const lateMs = clock.monoMs() - dueMs
          this.#lookAgain(release, () => {
            const nowMs = clock.monoMs()
            const moreMs = moreToWait({ nowMs, sentAtMs, heardAtMs: this.#heardAtMs, lateMs, waitMs })
            if (moreMs > 0) waitFor(moreMs)
            else this.#turnAway(`no answer within ${waitMs} ms`)
          })
        })
      }
      waitFor(waitMs)
      this.#waiting.add(release)
      run(this.#redis).then(
        (value) => {
          this.#heardAtMs = clock.monoMs()
          end(done(value))
        },
        (error: unknown) => end(failed(this.#hear(error))),
      )
    })
  }

  settled(forMs: number): Promise<void> {
    if (!this.isAway) return Promise.resolve()
    return new Promise((resolve) => {
      const stop = this.#options.clock.after(forMs, () => {
        this.#settling.delete(go)
        this.#tell(`Redis does not answer (${this.#reason}): each process keeps to itself until it does`)
        resolve()
      })
      const go = () => {
        stop()
        resolve()
      }
      this.#settling.add(go)
    })
  }

  close(): void {
    this.#isClosed = true
    this.#redis.disconnect()
  }

  /** A busy process may find its timer due before it has read the answer that lies there: reads first. */
  #lookAgain(release: () => void, then: () => void): void {
    setImmediate(() => {
      if (this.#waiting.has(release)) then()
    })
  }

  #hear(error: unknown): NoAnswer {
    const message = reasonOf(error)
    const isReply = error instanceof Error && error.name === 'ReplyError'
    if (isReply && !unfit.test(message)) return 'refused'
    this.#turnAway(message)
    return 'away'
  }

  #turnAway(reason: string): void {
    this.#reason = reason
    if (this.isAway || this.#isClosed) return
    this.isAway = true
    for (const release of [...this.#waiting]) release()
    this.#tell(`Redis does not answer (${reason}): each process keeps to itself until it does`)
    this.#probeSoon()
  }

  #turnBack(): void {
    this.#probeSinceMs = undefined
    if (!this.isAway || this.#isClosed) return
    this.isAway = false
    if (this.#isTold) this.#tell('Redis answers again')
    this.#isTold = false
    for (const go of this.#settling) go()
    this.#settling.clear()
    for (const then of this.back) then()
  }

  #tell(line: string): void {
    this.#isTold = true
    this.#options.onChange(line)
  }

  #probeSoon(): void {
    this.#options.clock.after(probeEveryMs, () => {
      if (!this.isAway || this.#isClosed) return
      this.#probe()
      this.#probeSoon()
    })
  }

  /** Writes, because a Redis that is full or a copy of another answers reads only. One probe at a time. */
  #probe(): void {
    if (this.#redis.status !== 'ready' || this.#isClosed) return
    const nowMs = this.#options.clock.monoMs()
    if (this.#probeSinceMs !== undefined) {
      if (nowMs - this.#probeSinceMs > deadAfterMs) this.#redis.disconnect(true)
      return
    }
    this.#probeSinceMs = nowMs
    this.#redis.set(`${this.#options.prefix}:probe`, '1', 'PX', 1_000).then(
      () => this.#turnBack(),
      (error: unknown) => {
        this.#probeSinceMs = undefined
        this.#reason = reasonOf(error)
      },
    )
  }
}
