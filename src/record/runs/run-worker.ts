/** The run store's thread: it alone touches the file, and stands back wherever a request wants the processor. */

import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../base/clock.ts'
import { entryRuns } from './entry-runs.ts'
import { readIngest } from './ingest-body.ts'
import { type JournalTail, openJournalTail, type TailedEntry } from './journal-tail.ts'
import type { KeepRules } from './keep-run.ts'
import type { FromWorker, RunQuestion, RunRefusal, RunStoreSetup, ToWorker } from './run-questions.ts'
import { listSessions, listTraces, showTrace } from './run-reader.ts'
import { runsFile, runsSql, runsVersion } from './run-schema.ts'
import { summarise } from './run-summary.ts'
import { createRunWriter, type RunWriter } from './run-writer.ts'

const setup = workerData as RunStoreSetup
const lookEveryMs = 500
/** Entries of the ledger that are taken over in one transaction. */
const tailedAtOnce = 200
/** Taken over before an answer, at most. */
const caughtUpBatches = 5
/** Entries a second while few wait, and how long an entry waits at most where many do, about. */
const [leisurelyPerS, behindForS] = [500, 60]
const pruneEveryLooks = 120
const prunedAtOnce = 200
const dayMs = 86_400_000
/** Of 19: the scheduler gives this thread what others leave, and about a tenth where they leave nothing. */
const niceness = 10

let rules: KeepRules = setup.rules
let keepDays = setup.keepDays

interface Store {
  readonly db: DatabaseSync
  readonly writer: RunWriter
  readonly tail: JournalTail | undefined
  tailedSeq: number
}

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

function openStore(): Store {
  const path = runsFile(setup.dir)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA busy_timeout=5000')
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > runsVersion) throw new Error(`${path} was written by a newer version (schema ${found})`)
  db.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000; PRAGMA secure_delete=ON',
  )
  db.exec(runsSql)
  db.exec(`PRAGMA user_version=${runsVersion}`)
  const tail = openJournalTail(setup.dir)
  const known = readMeta(db, `tailed:${tail?.journalId}`)
  return {
    db,
    writer: createRunWriter(db, () => rules),
    tail,
    tailedSeq: known === undefined ? 0 : Number(known),
  }
}

function readMeta(db: DatabaseSync, name: string): string | undefined {
  return (db.prepare('SELECT value FROM meta WHERE name = ?').get(name) as { value: string } | undefined)
    ?.value
}

const writeMeta = (db: DatabaseSync, name: string, value: string) =>
  void db.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)').run(name, value)

/** Takes over the next entries of the ledger; how many. */
function follow(store: Store): number {
  const { tail, writer, db } = store
  const entries = tail?.after(store.tailedSeq, tailedAtOnce) ?? []
  const last = entries.at(-1)
  if (!tail || !last) return 0
  for (const [tenant, group] of Map.groupBy(entries, ({ entry }) => entry.tenant)) {
    const traces = group.map(({ entry, previews }) => entryRuns(entry, previews))
    writer.add(tenant, traces, () => {
      if (group.at(-1) === last) writeMeta(db, `tailed:${tail.journalId}`, String(last.seq))
    })
  }
  store.tailedSeq = last.seq
  if (setup.tellsRuns) for (const one of entries) tell(one)
  return entries.length
}

function tell({ entry, previews }: TailedEntry): void {
  say({ kind: 'traced', json: JSON.stringify(entryRuns(entry, previews)) })
}

async function answer(store: Store, question: RunQuestion): Promise<string> {
  const { db, writer } = store
  switch (question.kind) {
    case 'ingest': {
      const read = await readIngest(question.body)
      if (!read.ok) throw new Refused('bad', read.fault)
      writer.write(question.tenant, read.value)
      return JSON.stringify({ accepted: read.value.length })
    }
    case 'traces':
      catchUp(store)
      return listTraces(db, question.tenant, question.filter)
    case 'trace':
      return showOne(store, question)
    case 'sessions':
      catchUp(store)
      return listSessions(db, question.tenant, question.limit, question.cursor)
    case 'feedback':
      findOne(store, question.tenant, question.feedback.traceId ?? question.feedback.runId ?? '')
      if (!writer.addFeedback(question.tenant, question.feedback))
        throw new Refused('missing', 'there is no such run or trace')
      return JSON.stringify({ id: question.feedback.id })
    case 'remove':
      passBy(store, question.traceId)
      return JSON.stringify({ removed: writer.remove(question.tenant, question.traceId) })
    case 'summary':
      catchUp(store)
      return summarise(db, question.sinceMs)
    case 'save':
      writeMeta(db, question.name, question.text)
      return '{}'
    case 'load':
      return readMeta(db, question.name) ?? 'null'
  }
}

function showOne(store: Store, { tenant, traceId }: { tenant: string; traceId: string }): string {
  findOne(store, tenant, traceId)
  const shown = showTrace(store.db, tenant, traceId)
  if (shown === undefined) throw new Refused('missing', 'there is no such trace')
  return shown
}

/** A request whose turn has not come yet is taken over at once when somebody asks for it. */
function findOne({ tail, tailedSeq, writer }: Store, tenant: string, traceId: string): void {
  const found = tail?.find(traceId)
  if (found && found.seq > tailedSeq && found.entry.tenant === tenant)
    writer.add(tenant, [entryRuns(found.entry, found.previews)])
}

/** What is removed must not come back when its turn in the ledger comes. */
function passBy(store: Store, traceId: string): void {
  const seq = store.tail?.find(traceId)?.seq ?? 0
  while (seq > store.tailedSeq && follow(store) > 0);
}

const say = (message: FromWorker) => parentPort?.postMessage(message)
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

async function serve(store: Store, id: number, question: RunQuestion): Promise<void> {
  try {
    say({ kind: 'answer', id, json: await answer(store, question) })
  } catch (error) {
    const refusal: RunRefusal =
      error instanceof Refused ? error.refusal : { kind: 'failed', reason: reasonOf(error) }
    say({ kind: 'refusal', id, refusal })
  }
}

/** Before an answer that lists: what waits is taken over, up to a bound, so that the list is of now. */
function catchUp(store: Store): void {
  for (let batches = 0; batches < caughtUpBatches && follow(store) === tailedAtOnce; batches += 1);
}

/** A burst is taken over at leisure, for requests come first; the more waits the faster, so that nothing waits for long. */
function restMs(store: Store, taken: number): number {
  if (taken < tailedAtOnce) return lookEveryMs
  const behind = (store.tail?.lastSeq() ?? 0) - store.tailedSeq
  return (taken / Math.max(leisurelyPerS, behind / behindForS)) * 1_000
}

/** Looks at the ledger, removes what is too old, and looks again later. */
function look(store: Store, looks: number): void {
  let taken = 0
  try {
    taken = follow(store)
    if (keepDays > 0 && looks % pruneEveryLooks === 0)
      store.writer.prune(systemClock.wallMs() - keepDays * dayMs, prunedAtOnce)
  } catch {
    // The ledger's file is busy or gone for now: the next look tries again, from the same place.
  }
  systemClock.after(restMs(store, taken), () => look(store, looks + 1))
}

function run(): void {
  standBack()
  const store = openStore()
  /** One after the other, in the order they came: a patch must find its run. */
  let last = Promise.resolve()
  parentPort?.on('message', (message: ToWorker) => {
    if (message === 'close') {
      void last.then(() => {
        while (follow(store) > 0);
        store.tail?.close()
        store.db.close()
        say({ kind: 'closed' })
        parentPort?.close()
      })
    } else if ('rules' in message) {
      rules = message.rules
      keepDays = message.keepDays
    } else last = last.then(() => serve(store, message.id, message.question))
  })
  say({ kind: 'open' })
  look(store, 1)
}

try {
  run()
} catch (error) {
  say({ kind: 'refused', reason: reasonOf(error) })
}
