/** `ledger erase`: takes the texts of requests away, beside a running gateway too; the chain stays whole and notes it. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import { eventsFile, journalFile, readInstallationKey } from '../record/data-directory.ts'
import { carryOut, type EraseAnswer, type EraseOrder, placeOrder, takeAnswer } from '../record/erase-order.ts'
import { eraseEvents } from '../record/event-reader.ts'
import { isWriterThere, openJournal, recover, releaseLocks } from '../record/journal-store.ts'
import { type JournalReader, openLedgerReader } from '../record/ledger-reader.ts'
import { hashSubject } from '../record/notary.ts'
import { createPromptHasher } from '../record/prompt-hash.ts'
import { eraseRuns, type TracesToErase } from '../record/runs/erase-runs.ts'
import { runsFile } from '../record/runs/run-schema.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'

export interface EraseOptions extends CommonOptions {
  readonly request?: readonly string[]
  readonly subject?: string
  readonly tenant: string
}

/** Requests of one transaction. */
const orderSize = 500
const answerWithinMs = 30_000
const lookEveryMs = 100
/** How long a request may be on its way from the ledger to the traces. */
const takeOverMs = 700

interface Wanted {
  readonly requests: readonly { readonly tenant: string; readonly traceId: string }[]
  readonly order: EraseOrder
  readonly user?: { readonly tenant: string; readonly userId: string }
}

export async function ledgerErase(options: EraseOptions): Promise<number> {
  const dir = dataDirectory(options)
  const wanted = whatIsWanted(options, dir)
  if (!wanted.ok) {
    complain(wanted.fault)
    return options.request || options.subject !== undefined ? 1 : 2
  }
  const texts = await eraseTexts(dir, wanted.value.order)
  if (!texts.ok) {
    complain(texts.fault)
    return 1
  }
  const { order, requests, user } = wanted.value
  const events = eraseEvents(eventsFile(dir), order.requestIds)
  const traces = await eraseTraces(dir, { traces: requests, ...(user ? { user } : {}) })
  for (const one of [events, traces]) if (!one.ok) complain(one.fault)
  const tracesErased = traces.ok ? traces.value : 0
  if (requests.length === 0 && tracesErased === 0) {
    complain('nothing was made or sent in for this user')
    return 1
  }
  // Traces alone are noted too.
  if (requests.length === 0) await give(dir, order)
  const told = {
    requests: requests.length,
    erased: texts.value,
    events: events.ok ? events.value : 0,
    traces: tracesErased,
  }
  print(
    options.json
      ? JSON.stringify(told)
      : `The texts of ${told.erased} of ${told.requests} requests, ${told.events} events and ${told.traces} traces were erased; the ledger notes it.`,
  )
  return events.ok && traces.ok ? 0 : 1
}

/** Says of how many requests there were any texts. */
async function eraseTexts(dir: string, order: EraseOrder): Promise<Outcome<number, string>> {
  let erased = 0
  for (let at = 0; at < order.requestIds.length; at += orderSize) {
    const answer = await give(dir, { ...order, requestIds: order.requestIds.slice(at, at + orderSize) })
    if (!answer.ok) return failed(`${answer.fault}; the texts of ${erased} requests were erased before that`)
    erased += answer.value.erased
    if (!answer.value.isGone) complain('a reader is in the way: the last copies go when it has ended')
  }
  return done(erased)
}

/** Twice beside a running gateway, for entries that were just being taken over into traces. */
async function eraseTraces(dir: string, wanted: TracesToErase): Promise<Outcome<number, string>> {
  const first = eraseRuns(runsFile(dir), wanted)
  if (!first.ok || !isWriterThere(dir)) return first
  await systemClock.sleep(takeOverMs)
  const second = eraseRuns(runsFile(dir), wanted)
  return second.ok ? done(first.value + second.value) : second
}

function whatIsWanted({ request, subject, tenant }: EraseOptions, dir: string): Outcome<Wanted, string> {
  if ((request === undefined) === (subject === undefined))
    return failed('name what is to be erased: --request ID… or --subject WHO')
  const reader = openLedgerReader(dir)
  if (!reader.ok) return reader
  try {
    return subject === undefined
      ? theseRequests(reader.value, request ?? [])
      : requestsFor(reader.value, { dir, subject, tenant })
  } finally {
    reader.value.close()
  }
}

function theseRequests(reader: JournalReader, requestIds: readonly string[]): Outcome<Wanted, string> {
  const requests: { tenant: string; traceId: string }[] = []
  for (const requestId of requestIds) {
    const entry = reader.show(requestId)?.entry
    if (entry?.requestId !== requestId) return failed(`there is no request ${requestId}`)
    requests.push({ tenant: entry.tenant, traceId: requestId })
  }
  return done({ requests, order: { requestIds } })
}

function requestsFor(
  reader: JournalReader,
  { dir, subject, tenant }: { readonly dir: string; readonly subject: string; readonly tenant: string },
): Outcome<Wanted, string> {
  const key = readInstallationKey(dir)
  if (key === undefined) return failed(`the installation’s key is missing in ${dir}`)
  const subjectHash = hashSubject(createPromptHasher(key), subject, tenant)
  const requestIds = reader.requestsOf(subjectHash)
  const requests = requestIds.map((traceId) => ({ tenant, traceId }))
  return done({ requests, order: { requestIds, subjectHash }, user: { tenant, userId: subject } })
}

/** The gateway that writes carries it out; where none runs, this process does. */
async function give(dir: string, order: EraseOrder): Promise<Outcome<EraseAnswer, string>> {
  try {
    return isWriterThere(dir) ? await askWriter(dir, order) : done(alone(dir, order))
  } catch (error) {
    return failed(reasonOf(error))
  }
}

function alone(dir: string, order: EraseOrder): EraseAnswer {
  const journal = openJournal({ dir, synchronous: 'full', newJournalId: '' })
  try {
    recover(journal, dir)
    return carryOut(journal, order)
  } finally {
    journal.db.close()
    releaseLocks()
  }
}

async function askWriter(dir: string, order: EraseOrder): Promise<Outcome<EraseAnswer, string>> {
  if (!existsSync(journalFile(dir))) return failed(`there is no ledger in ${dir}`)
  const db = new DatabaseSync(journalFile(dir))
  try {
    db.exec('PRAGMA busy_timeout=10000; PRAGMA secure_delete=ON')
    const id = makeId('ord', systemClock.wallMs())
    placeOrder(db, id, order)
    const endAtMs = systemClock.monoMs() + answerWithinMs
    while (systemClock.monoMs() < endAtMs) {
      const answer = takeAnswer(db, id)
      if (answer) return done(answer)
      await systemClock.sleep(lookEveryMs)
    }
    return failed('the gateway did not answer in 30 s; it carries the order out when it can')
  } finally {
    db.close()
  }
}
