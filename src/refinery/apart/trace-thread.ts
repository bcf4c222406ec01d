/** A thread that holds one large trace, so that whoever starts it can serve others meanwhile: memory is bounded, bytes go there unread. */

import { Worker } from 'node:worker_threads'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { AnalyzeOptions } from '../analyze.ts'
import type { ModelAnalysisOptions } from '../stages/analyze-with-model.ts'
import type { BodyRead } from './body-reader.ts'
import type { HeldReady, HeldTrace, StageService } from './held-trace.ts'
import { type Line, openLine } from './line.ts'
import type { StarterAnswers, ThreadAnswers, TraceSource } from './thread-talk.ts'

export interface TraceThread {
  /** Resolves when more may come. The bytes are copied. */
  write(bytes: Uint8Array): Promise<void>
  /** All was written: what was read. A fault is the reason in words why the thread could not go on. */
  end(): Promise<Outcome<ThreadRead, string>>
  /** Ends the thread, whatever it does. */
  close(): void
}

export interface ThreadRead {
  readonly told: BodyRead
  /** Where a trace was read. */
  readonly held?: HeldTrace
}

/** Memory of the thread for what it builds; beyond it the analysis ends with words. */
const heapMb = 384
/** A thread that may take more takes it before it tidies up. */
const youngMb = 16
/** Bytes on their way to the thread, beyond which whoever writes waits. */
const mostOnTheWay = 4 * 1024 * 1024

export function startTraceThread(source: TraceSource, then: () => void = () => {}): TraceThread {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./trace-worker.${extension}`, import.meta.url), {
    workerData: source,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb },
  })
  let service: StageService | undefined
  const line = openLine<ThreadAnswers>(
    worker,
    answersOf(() => service),
  )
  worker.once('error', (error: NodeJS.ErrnoException) => line.end(reasonOf(error)))
  worker.once('exit', (code) => {
    line.end(`the analysis ended early with code ${code}`)
    then()
  })
  const close = () => void worker.terminate()
  const held = (id: string): HeldTrace => ({
    id,
    analyze: async (options: AnalyzeOptions) => flat(await line.ask('analyze', options)),
    analyzeWritten: async (options: AnalyzeOptions) => flat(await line.ask('analyzeWritten', options)),
    ready(given, options) {
      service = given
      return readyThere(line, given, options)
    },
    pack: async (analysis, packed) => flat(await line.ask('pack', { analysis, options: packed })),
    close,
  })
  return {
    write: writerTo(line),
    async end() {
      const told = await line.ask('end', undefined)
      if (!told.ok) return told
      const { trace } = told.value
      return done({ told: told.value, ...(trace?.ok ? { held: held(trace.value.id) } : {}) })
    },
    close,
  }
}

function writerTo(line: Line<ThreadAnswers>): TraceThread['write'] {
  let onTheWay = 0
  let waiting: Promise<unknown> = Promise.resolve()
  return async (bytes) => {
    const copy = new Uint8Array(bytes)
    onTheWay += bytes.length
    waiting = line.ask('piece', copy, [copy.buffer]).then(() => {
      onTheWay -= bytes.length
    })
    if (onTheWay > mostOnTheWay) await waiting
  }
}

async function readyThere(
  line: Line<ThreadAnswers>,
  { askHosted, signal }: StageService,
  options: ModelAnalysisOptions,
): Promise<Outcome<HeldReady, string>> {
  const abort = () => void line.ask('abort', undefined)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  const plan = flat(await line.ask('ready', { options, hasHosted: askHosted !== undefined }))
  if (!plan.ok) return plan
  return done({
    plan: plan.value,
    run: async () => flat(await line.ask('run', undefined)),
    runWritten: async () => flat(await line.ask('runWritten', undefined)),
  })
}

/** Before an analysis is made ready, the thread asks nothing. */
function answersOf(service: () => StageService | undefined): StarterAnswers {
  const given = (): StageService => {
    const found = service()
    if (!found) throw new Error('nothing serves this analysis')
    return found
  }
  return {
    get: (key) => given().host.get(key),
    put: ({ key, answer }) => given().host.put(key, answer),
    sized: (settings) => given().host.sized(settings),
    plan: (sizes) => given().host.plan(sizes),
    send: (request) => given().host.send(request),
    ended: () => given().host.ended(),
    askHosted: async (asked) => (await given().askHosted?.(asked)) ?? failed('no store is there'),
    progress: (progress) => given().onProgress(progress),
  }
}

const flat = <Value>(came: Outcome<Outcome<Value, string>, string>): Outcome<Value, string> =>
  came.ok ? came.value : came

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? `it needs more than ${heapMb} MB of memory: export fewer runs, or one trace a file`
    : message
