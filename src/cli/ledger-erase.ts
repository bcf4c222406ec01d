/** `ledger erase`: takes the texts of requests away, beside a running gateway too; the chain stays whole and notes it. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { eventsFile, journalFile, readInstallationKey } from '../record/data-directory.ts'
import { carryOut, type EraseAnswer, type EraseOrder, placeOrder, takeAnswer } from '../record/erase-order.ts'
import { eraseEvents } from '../record/event-reader.ts'
import { isWriterThere, openJournal, releaseLocks } from '../record/journal-store.ts'
import { openLedgerReader } from '../record/ledger-reader.ts'
import { hashSubject } from '../record/notary.ts'
import { createPromptHasher } from '../record/prompt-hash.ts'
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

export async function ledgerErase(options: EraseOptions): Promise<number> {
  const dir = dataDirectory(options)
  const wanted = whatIsWanted(options, dir)
  if (!wanted.ok) {
    complain(wanted.fault)
    return options.request || options.subject !== undefined ? 1 : 2
  }
  const { requestIds } = wanted.value
  let erased = 0
  for (let at = 0; at < requestIds.length; at += orderSize) {
    const order = { ...wanted.value, requestIds: requestIds.slice(at, at + orderSize) }
    const answer = await give(dir, order)
    if (!answer.ok) {
      complain(`${answer.fault}; the texts of ${erased} requests were erased before that`)
      return 1
    }
    erased += answer.value.erased
    if (!answer.value.isGone) complain('a reader is in the way: the last copies go when it has ended')
  }
  const events = eraseEvents(eventsFile(dir), requestIds)
  if (!events.ok) complain(events.fault)
  const told = { requests: requestIds.length, erased, events: events.ok ? events.value : 0 }
  print(
    options.json
      ? JSON.stringify(told)
      : `The texts of ${told.erased} of ${told.requests} requests and ${told.events} events were erased; the ledger notes it.`,
  )
  return events.ok ? 0 : 1
}

function whatIsWanted({ request, subject, tenant }: EraseOptions, dir: string): Outcome<EraseOrder, string> {
  if ((request === undefined) === (subject === undefined))
    return failed('name what is to be erased: --request ID… or --subject WHO')
  const reader = openLedgerReader(dir)
  if (!reader.ok) return reader
  try {
    if (subject === undefined) {
      const unknown = request?.find((id) => reader.value.show(id)?.entry.requestId !== id)
      return unknown === undefined
        ? done({ requestIds: request ?? [] })
        : failed(`there is no request ${unknown}`)
    }
    const key = readInstallationKey(dir)
    if (key === undefined) return failed(`the installation’s key is missing in ${dir}`)
    const subjectHash = hashSubject(createPromptHasher(key), subject, tenant)
    const requestIds = reader.value.requestsOf(subjectHash)
    if (requestIds.length === 0) return failed(`no request of tenant "${tenant}" was made for this user`)
    return done({ requestIds, subjectHash })
  } finally {
    reader.value.close()
  }
}

/** The gateway that writes carries it out; where none runs, this process does. */
async function give(dir: string, order: EraseOrder): Promise<Outcome<EraseAnswer, string>> {
  try {
    return isWriterThere(dir) ? await askWriter(dir, order) : done(alone(dir, order))
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

function alone(dir: string, order: EraseOrder): EraseAnswer {
  const journal = openJournal({ dir, synchronous: 'full', newJournalId: '' })
  try {
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
