/** The run store's thread: it alone touches the file, and stands back wherever a request wants the processor. */

import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../base/clock.ts'
import { reasonOf } from '../../base/reason.ts'
import type { Run } from '../../protocol/run.ts'
import { behind, catchUp, clearRemoved, findOne, follow, passBy, sweep } from './follow-ledger.ts'
import { readIngest } from './ingest-body.ts'
import { openRunFile, type RunFile, readNote, writeNote } from './open-runs.ts'
import { restMs, stoodStill } from './rest-between-steps.ts'
import type {
  FromWorker,
  KeepingRules,
  RunQuestion,
  RunRefusal,
  RunStoreSetup,
  ToWorker,
} from './run-questions.ts'
import { listSessions, listTraces, showTrace } from './run-reader.ts'
import { summarise } from './run-summary.ts'

const setup = workerData as RunStoreSetup
/** Rounds of removal, and of clearing what was removed, are this many looks apart. */
const roundEveryLooks = 120
const prunedAtOnce = 200
/** Threads that serve requests have the processor first. No more than that: all share the lock of V8's task queue, and a thread that is put aside for long while it holds it holds up requests too. */
const niceness = 5

let keeping: KeepingRules = setup.keeping

class Refused extends Error {
  readonly refusal: RunRefusal
  constructor(kind: RunRefusal['kind'], reason: string) {
    super(reason)
    this.refusal = { kind, reason }
  }
}

function standBack(): void {
  try {
    // On Linux a thread's own number stands here, and priorities belong to threads.
    const tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    if (tid > 0 && tid !== process.pid) setPriority(tid, niceness)
  } catch {
    // Elsewhere the thread competes as any other.
  }
}

const say = (message: FromWorker) => parentPort?.postMessage(message)
const tell = setup.tellsRuns
  ? (runs: readonly Run[]) => void say({ kind: 'traced', json: JSON.stringify(runs) })
  : () => {}

async function answer(file: RunFile, question: RunQuestion): Promise<string> {
  const { db, writer } = file
  switch (question.kind) {
    case 'ingest': {
      const read = await readIngest(question.body)
      if (!read.ok) throw new Refused('bad', read.fault)
      writer.write(question.tenant, read.value)
      return JSON.stringify({ accepted: read.value.length })
    }
    case 'traces':
      catchUp(file, tell)
      return listTraces(db, question.tenant, question.filter)
    case 'trace':
      return showOne(file, question)
    case 'sessions':
      catchUp(file, tell)
      return listSessions(db, question.tenant, question.limit, question.cursor)
    case 'feedback':
      findOne(file, question.tenant, question.feedback.traceId ?? question.feedback.runId ?? '')
      if (!writer.addFeedback(question.tenant, question.feedback))
        throw new Refused('missing', 'there is no such run or trace')
      return JSON.stringify({ id: question.feedback.id })
    case 'remove':
      return removeOne(file, question)
    case 'summary':
      catchUp(file, tell)
      return summarise(db, question.sinceMs, question.tenant)
    case 'save':
      writeNote(db, question.name, question.text)
      return '{}'
    case 'load':
      return readNote(db, question.name) ?? 'null'
  }
}

interface OneTrace {
  readonly tenant: string
  readonly traceId: string
}

function showOne(file: RunFile, { tenant, traceId }: OneTrace): string {
  findOne(file, tenant, traceId)
  const shown = showTrace(file.db, tenant, traceId)
  if (shown === undefined) throw new Refused('missing', 'there is no such trace')
  return shown
}

function removeOne(file: RunFile, { tenant, traceId }: OneTrace): string {
  passBy(file, traceId, tell)
  const removed = file.writer.remove(tenant, traceId)
  if (removed === 0) throw new Refused('missing', 'there is no such trace')
  file.holdsRemoved = true
  return JSON.stringify({ removed })
}

async function serve(file: RunFile, id: number, question: RunQuestion): Promise<void> {
  try {
    say({ kind: 'answer', id, json: await answer(file, question) })
  } catch (error) {
    const refusal: RunRefusal =
      error instanceof Refused ? error.refusal : { kind: 'failed', reason: reasonOf(error) }
    say({ kind: 'refusal', id, refusal })
  }
}

/** Removes what has outlived its time; true where more waits. */
function prune({ writer }: RunFile): boolean {
  const nowMs = systemClock.wallMs()
  const { keepForMs, previewsForMs } = keeping
  const old = keepForMs === undefined ? 0 : writer.prune({ beforeMs: nowMs - keepForMs, limit: prunedAtOnce })
  // A trace of the gateway holds the ledger's previews, and they live no longer here than there.
  const aged =
    previewsForMs === undefined
      ? 0
      : writer.prune({ beforeMs: nowMs - previewsForMs, limit: prunedAtOnce, source: 'gateway' })
  return old + aged >= prunedAtOnce
}

/** Looks at the ledger, removes and clears what is due, and looks again later. */
function look(file: RunFile, looks: number, isPruning = false): void {
  const stoodStillMs = stoodStill()
  let taken = 0
  let waiting = 0
  let hasMore = false
  try {
    taken = follow(file, tell)
    waiting = behind(file, taken)
    const isRound = looks % roundEveryLooks === 1
    if (isPruning || isRound) hasMore = prune(file)
    if (!sweep(file) && isRound && file.holdsRemoved) clearRemoved(file)
  } catch {
    // A file is busy or gone for now: the next look tries again, from the same place.
  }
  const rest = restMs({ taken, behind: waiting, stoodStillMs: stoodStillMs() })
  systemClock.after(rest, () => look(file, looks + 1, hasMore))
}

function run(): void {
  standBack()
  const file = openRunFile(setup.dir, () => keeping.payloads)
  /** One after the other, in the order they came: a patch must find its run. */
  let last = Promise.resolve()
  parentPort?.on('message', (message: ToWorker) => {
    if (message === 'close') {
      void last.then(() => {
        while (follow(file, tell) > 0);
        if (file.holdsRemoved) clearRemoved(file)
        file.tail?.close()
        file.db.close()
        say({ kind: 'closed' })
        parentPort?.close()
      })
    } else if ('keeping' in message) keeping = message.keeping
    else last = last.then(() => serve(file, message.id, message.question))
  })
  say({ kind: 'open' })
  look(file, 1)
}

try {
  run()
} catch (error) {
  say({ kind: 'refused', reason: reasonOf(error) })
}
