/** Questions between two threads, each answered by a function on the other side. */

import type { MessagePort, Worker } from 'node:worker_threads'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'

/** What one side answers, by name; what is asked and answered is plain data. */
export type Answers = Readonly<Record<string, (given: never) => unknown>>

export interface Line<Far extends Answers> {
  /** A fault is the reason in words: what the other side threw, or why it is gone. */
  ask<Name extends keyof Far & string>(
    name: Name,
    given: Parameters<Far[Name]>[0],
    handedOver?: readonly ArrayBuffer[],
  ): Promise<Outcome<Awaited<ReturnType<Far[Name]>>, string>>
  /** The other side is gone: whoever waits for it, and whoever asks from now on, hears why. */
  end(why: string): void
}

type Message =
  | { readonly kind: 'ask'; readonly id: number; readonly name: string; readonly given: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly came: Outcome<unknown, string> }

export function openLine<Far extends Answers>(port: MessagePort | Worker, own: Answers): Line<Far> {
  const waiting = new Map<number, (came: Outcome<never, string>) => void>()
  let count = 0
  let ended: string | undefined
  port.on('message', (message: Message) => {
    if (message.kind === 'ask')
      void answer(own, message).then((came) => port.postMessage({ kind: 'answer', id: message.id, came }))
    else {
      waiting.get(message.id)?.(message.came as Outcome<never, string>)
      waiting.delete(message.id)
    }
  })
  return {
    ask(name, given, handedOver = []) {
      if (ended !== undefined) return Promise.resolve(failed(ended))
      count += 1
      const id = count
      return new Promise((resolve) => {
        waiting.set(id, resolve)
        port.postMessage({ kind: 'ask', id, name, given }, [...handedOver])
      })
    },
    end(why) {
      ended ??= why
      for (const resolve of waiting.values()) resolve(failed(ended))
      waiting.clear()
    },
  }
}

async function answer(
  own: Answers,
  { name, given }: Extract<Message, { kind: 'ask' }>,
): Promise<Outcome<unknown, string>> {
  try {
    return done(await own[name]?.(given as never))
  } catch (error) {
    return failed(reasonOf(error))
  }
}
