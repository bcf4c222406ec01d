/** Questions and answers between the workers of one machine and the process that leads them. */

import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { isRecord } from '../../base/text.ts'
import type { HealthOrder } from '../../server/health/health-order.ts'

export interface Question {
  readonly kind: 'ask'
  readonly id: number
  readonly store: 'limits' | 'cache' | 'notes'
  readonly method: string
  readonly args: readonly unknown[]
}

export interface Answer {
  readonly kind: 'answer'
  readonly id: number
  readonly value: unknown
}

/** The first worker tells where it alone can be reached; the leader passes it on. */
export interface FirstAddress {
  readonly kind: 'first'
  readonly origin: string
}

/** One worker was told by hand what all of them are to do; the leader passes it on. */
export interface PassedOrder {
  readonly kind: 'order'
  readonly order: HealthOrder
}

/** The leader hands a connection over; it travels beside these words. */
export interface HandedOver {
  readonly kind: 'connection'
  readonly id: number
}

/** A worker holds the connection that was handed to it. */
export interface Taken {
  readonly kind: 'taken'
  readonly id: number
}

/** A worker takes connections from now on. */
export interface Ready {
  readonly kind: 'ready'
}

export type Message = Question | Answer | FirstAddress | PassedOrder | HandedOver | Taken | Ready

const kinds: ReadonlySet<unknown> = new Set<Message['kind']>([
  'ask',
  'answer',
  'first',
  'order',
  'connection',
  'taken',
  'ready',
])

export function readMessage(value: unknown): Message | undefined {
  return isRecord(value) && kinds.has(value['kind']) ? (value as unknown as Message) : undefined
}

export interface Line {
  /** Resolves at the latest after `waitMs`. */
  ask(question: Pick<Question, 'store' | 'method' | 'args'>): Promise<Outcome<unknown, 'away'>>
  /** Nobody waits for an answer. */
  tell(question: Pick<Question, 'store' | 'method' | 'args'>): void
}

/** A worker's end. */
export function openLine(port: NodeJS.Process, clock: Clock, waitMs: number): Line {
  const waiting = new Map<number, (outcome: Outcome<unknown, 'away'>) => void>()
  let asked = 0
  port.on('message', (value: unknown) => {
    const message = readMessage(value)
    if (message?.kind !== 'answer') return
    waiting.get(message.id)?.(done(message.value))
  })
  const send = (question: Pick<Question, 'store' | 'method' | 'args'>) => {
    asked += 1
    const message: Question = { kind: 'ask', id: asked, ...question }
    return port.send?.(message) ? asked : undefined
  }
  return {
    tell: (question) => void send(question),
    ask(question) {
      const id = send(question)
      if (id === undefined) return Promise.resolve(failed('away'))
      return new Promise((resolve) => {
        const end = (outcome: Outcome<unknown, 'away'>) => {
          cancel()
          waiting.delete(id)
          resolve(outcome)
        }
        // A busy worker may find its timer due before it has read the answer that lies there.
        const cancel = clock.after(waitMs, () => setImmediate(() => end(failed('away'))))
        waiting.set(id, end)
      })
    },
  }
}
