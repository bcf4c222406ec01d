/** The thread that holds one large trace: reads it, analyses it, and asks the thread that started it for whatever is outside. */

import { createReadStream } from 'node:fs'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../base/clock.ts'
import { failed, type Outcome } from '../../base/outcome.ts'
import type { AskHosted } from '../stages/retrieval/hosted-call.ts'
import type { StageHost } from '../stages/stage-host.ts'
import { tokenCounter } from '../stages/token-counter.ts'
import { type PieceReader, readBodyPieces, readStoredPieces, readTracePieces } from './body-reader.ts'
import { examine } from './examine-here.ts'
import { type HeldReady, type HeldTrace, heldHere, type StageService } from './held-trace.ts'
import { type Line, openLine } from './line.ts'
import type { StarterAnswers, ThreadAnswers, TraceSource } from './thread-talk.ts'

const pieceBytes = 1 << 18

if (parentPort) serve(parentPort, workerData)

function serve(port: MessagePort, source: TraceSource): void {
  const reader = readerOf(source)
  const stop = new AbortController()
  let held: HeldTrace | undefined
  let ready: HeldReady | undefined
  const own: ThreadAnswers = {
    piece: (bytes) => reader.write(bytes),
    async end() {
      if (source.kind === 'file')
        for await (const piece of createReadStream(source.path, { highWaterMark: pieceBytes }))
          reader.write(piece)
      const { trace, ...told } = reader.end()
      if (!trace?.ok) return { ...told, ...(trace ? { trace } : {}) }
      held = heldHere(trace.value, () => tokenCounter(systemClock), examine)
      return { ...told, trace: { ok: true, value: { id: trace.value.id } } }
    },
    analyze: (options) => held?.analyze(options) ?? Promise.resolve(nothingHeld),
    analyzeWritten: (options) => held?.analyzeWritten(options) ?? Promise.resolve(nothingHeld),
    async ready({ options, hasHosted }) {
      const made = (await held?.ready(serviceOver(line, hasHosted, stop.signal), options)) ?? nothingHeld
      if (!made.ok) return made
      ready = made.value
      return { ok: true, value: ready.plan }
    },
    run: () => ready?.run() ?? Promise.resolve(nothingHeld),
    runWritten: () => ready?.runWritten() ?? Promise.resolve(nothingHeld),
    pack: ({ analysis, options }) => held?.pack(analysis, options) ?? Promise.resolve(nothingHeld),
    abort: () => stop.abort(),
  }
  const line: Line<StarterAnswers> = openLine<StarterAnswers>(port, own)
}

const nothingHeld = failed('there is no trace')

function readerOf(source: TraceSource): PieceReader {
  if (source.kind === 'body') return readBodyPieces(source.limits)
  return source.kind === 'stored' ? readStoredPieces() : readTracePieces()
}

/** What is outside, as if it were here. */
function serviceOver(line: Line<StarterAnswers>, hasHosted: boolean, signal: AbortSignal): StageService {
  const host: StageHost = {
    get: async (key) => orThrow(await line.ask('get', key)),
    put: async (key, answer) => void (await line.ask('put', { key, answer })),
    sized: async (settings) => orThrow(await line.ask('sized', settings)),
    plan: async (sizes) => orThrow(await line.ask('plan', sizes)),
    send: async (request) => flat(await line.ask('send', request)),
    ended: async () => void (await line.ask('ended', undefined)),
  }
  const askHosted: AskHosted = async (asked) => flat(await line.ask('askHosted', asked))
  return {
    host,
    ...(hasHosted ? { askHosted } : {}),
    onProgress: (progress) => void line.ask('progress', progress),
    signal,
  }
}

const flat = <Value>(came: Outcome<Outcome<Value, string>, string>): Outcome<Value, string> =>
  came.ok ? came.value : came

/** What the starter cannot answer ends the analysis; the line tells it in words. */
function orThrow<Value>(came: Outcome<Value, string>): Value {
  if (!came.ok) throw new Error(came.fault)
  return came.value
}
