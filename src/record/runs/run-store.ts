/** The store of runs as the main thread sees it: questions in, JSON out, nothing of it on the request path. */

import { Worker } from 'node:worker_threads'
import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type {
  FromWorker,
  KeepingRules,
  RunQuestion,
  RunRefusal,
  RunStoreSetup,
  ToWorker,
} from './run-questions.ts'

export interface RunStore {
  /** The answer as JSON text. Never throws. */
  ask(question: RunQuestion): Promise<Outcome<string, RunRefusal>>
  /** From here on payloads and traces are kept by these rules. */
  keepBy(keeping: KeepingRules): void
  /** Takes over what the ledger still holds, at most for `withinMs`, and closes the file. */
  close(withinMs?: number): Promise<void>
}

export interface RunStoreOptions extends RunStoreSetup {
  readonly clock: Clock
  /** Resolves once all that was entered before is in the ledger's file: questions wait for it, so that they are answered from all of it. */
  readonly settled?: () => Promise<void>
  /** One line per change of state, for the log. */
  readonly onProblem: (line: string) => void
  /** Hears the traces of the gateway's own requests, as JSON lists of runs, where `tellsRuns` is set. */
  readonly onTraced?: (json: string) => void
}

/** Bodies that wait for the store, together; beyond it senders are asked to come again. */
const waitingLimitBytes = 128 * 1_024 * 1_024
const restartAfterMs = 5_000
/** What the thread leaves behind dies soon: more room, which V8 would give it under load, spares it nothing. */
const youngMb = 12

/** Kinds that have nothing to do with the ledger. */
const isOwn: ReadonlySet<RunQuestion['kind']> = new Set(['ingest', 'save', 'load'])

type Settle = (outcome: Outcome<string, RunRefusal>) => void

/** A file that cannot be used costs the traces, never the gateway: every question is then refused with the reason. */
export function openRunStore(options: RunStoreOptions): RunStore {
  return new Store(options)
}

/** Has identity: the one that talks to its thread. */
class Store implements RunStore {
  readonly #options: RunStoreOptions
  readonly #waiting = new Map<number, Settle>()
  #setup: RunStoreSetup
  #worker: Worker | undefined
  #asked = 0
  #waitingBytes = 0
  #refused: string | undefined
  #isClosing = false
  #closed: (() => void) | undefined

  constructor(options: RunStoreOptions) {
    const { dir, keeping, tellsRuns } = options
    this.#options = options
    this.#setup = { dir, keeping, tellsRuns }
    this.#start()
  }

  async ask(question: RunQuestion): Promise<Outcome<string, RunRefusal>> {
    if (this.#worker === undefined)
      return failed({ kind: 'failed', reason: this.#refused ?? 'the run store is starting again' })
    const bytes = question.kind === 'ingest' ? question.body.bytes.byteLength : 0
    if (this.#waitingBytes + bytes > waitingLimitBytes)
      return failed({ kind: 'busy', reason: 'too many traces wait to be stored' })
    this.#waitingBytes += bytes
    if (!isOwn.has(question.kind)) await this.#options.settled?.()
    const outcome = await this.#post(question)
    this.#waitingBytes -= bytes
    return outcome
  }

  keepBy(keeping: KeepingRules): void {
    this.#setup = { ...this.#setup, keeping }
    this.#tell({ keeping })
  }

  close(withinMs = 2_000): Promise<void> {
    const worker = this.#worker
    this.#isClosing = true
    if (worker === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => void worker.terminate().then(() => resolve())
      const giveUp = this.#options.clock.after(withinMs, end)
      this.#closed = () => {
        giveUp()
        end()
      }
      this.#tell('close')
    })
  }

  #post(question: RunQuestion): Promise<Outcome<string, RunRefusal>> {
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#tell({ id, question })
    })
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  #start(): void {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./run-worker.${extension}`, import.meta.url), {
      workerData: this.#setup,
      resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    })
    // The process may end while this thread waits for work.
    worker.unref()
    worker.on('message', (message: FromWorker) => this.#hear(message))
    worker.on('error', (error) => this.#lose(error.message))
    this.#worker = worker
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'answer') this.#settle(message.id, done(message.json))
    else if (message.kind === 'refusal') this.#settle(message.id, failed(message.refusal))
    else if (message.kind === 'traced') this.#options.onTraced?.(message.json)
    else if (message.kind === 'closed') this.#closed?.()
    else if (message.kind === 'refused') {
      this.#refused = message.reason
      this.#options.onProblem(`traces are not kept: ${message.reason}`)
      this.#drop(message.reason)
    }
  }

  #settle(id: number, outcome: Outcome<string, RunRefusal>): void {
    this.#waiting.get(id)?.(outcome)
    this.#waiting.delete(id)
  }

  /** A thread that died is started again later; the ledger still holds what it had not taken over. */
  #lose(reason: string): void {
    this.#drop(reason)
    if (this.#isClosing) return
    this.#options.onProblem(`the run store failed and is started again: ${reason}`)
    this.#options.clock.after(restartAfterMs, () => {
      if (!this.#isClosing) this.#start()
    })
  }

  #drop(reason: string): void {
    this.#worker = undefined
    for (const settle of this.#waiting.values()) settle(failed({ kind: 'failed', reason }))
    this.#waiting.clear()
    this.#closed?.()
  }
}
