/** Searches of the ledger from the main thread; the thread that searches is started with the first. */

import { Worker } from 'node:worker_threads'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { LedgerFilter } from '../protocol/ledger-entry.ts'
import type { EventFilter } from './event-reader.ts'
import type { Answered, FoundEntry, ListedEntry, QueryAnswers, QuerySetup, Question } from './query-port.ts'

/** A fault is the reason in words. */
export interface LedgerQueries {
  list(filter: LedgerFilter): Promise<Outcome<readonly ListedEntry[], string>>
  /** By its whole id. */
  show(requestId: string): Promise<Outcome<FoundEntry | undefined, string>>
  /** Each event as one JSON text, the newest first. */
  events(filter: EventFilter): Promise<Outcome<readonly string[], string>>
  close(): Promise<void>
}

/** Searches that wait at once; more are refused, for they would wait for ever. */
const waitingLimit = 200

/** Waits before each search for `settled`: what was entered until then is found. */
export function createLedgerQueries(dir: string, settled?: () => Promise<void>): LedgerQueries {
  let worker: Worker | undefined
  let asked = 0
  const waiting = new Map<number, (answered: Omit<Answered, 'id'>) => void>()

  const start = () => {
    const workerData: QuerySetup = { dir }
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const made = new Worker(new URL(`./query-worker.${extension}`, import.meta.url), { workerData })
    made.on('message', ({ id, ...answered }: Answered) => {
      waiting.get(id)?.(answered)
      waiting.delete(id)
    })
    const lose = (reason: string) => {
      worker = undefined
      for (const answer of waiting.values()) answer({ fault: reason })
      waiting.clear()
    }
    made.on('error', (error) => lose(error.message))
    made.once('exit', () => lose('the reader ended'))
    return made
  }
  const ask = async <Kind extends Question['kind']>(
    question: Question & { readonly kind: Kind },
  ): Promise<Outcome<QueryAnswers[Kind], string>> => {
    await settled?.()
    if (waiting.size >= waitingLimit) return failed('too many searches wait: come again')
    worker ??= start()
    asked += 1
    const id = asked
    const answered = await new Promise<Omit<Answered, 'id'>>((resolve) => {
      waiting.set(id, resolve)
      worker?.postMessage({ id, question })
    })
    if (answered.fault !== undefined) return failed(answered.fault)
    return done(answered.value as QueryAnswers[Kind])
  }
  return {
    list: (filter) => ask({ kind: 'list', filter }),
    show: (requestId) => ask({ kind: 'show', requestId }),
    events: (filter) => ask({ kind: 'events', filter }),
    async close() {
      await worker?.terminate()
    },
  }
}
