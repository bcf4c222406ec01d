/** Reads the ledger and the events in a thread of its own, so that a long search never holds up a request. */

import { parentPort, workerData } from 'node:worker_threads'
import { reasonOf } from '../base/reason.ts'
import { eventsFile } from './data-directory.ts'
import { readEvents } from './event-reader.ts'
import { exportLine } from './ledger-export.ts'
import { type JournalReader, openLedgerReader } from './ledger-reader.ts'
import type { Answered, Asked, QueryAnswers, QuerySetup, Question } from './query-port.ts'

const { dir } = workerData as QuerySetup
let opened: JournalReader | undefined

function reader(): JournalReader {
  if (opened) return opened
  const made = openLedgerReader(dir)
  if (!made.ok) throw new Error(made.fault)
  opened = made.value
  return opened
}

function answer(question: Question): QueryAnswers[keyof QueryAnswers] {
  switch (question.kind) {
    case 'list':
      return reader()
        .rows(question.filter)
        .map((row) => ({ atUtc: row.atUtc, seq: row.seq, text: exportLine(row) }))
    case 'show': {
      const found = reader().show(question.requestId)
      if (found?.entry.requestId !== question.requestId) return undefined
      const { json, entry, previews } = found
      return { text: exportLine({ ...entry, json }), tenant: entry.tenant, previews }
    }
    case 'events': {
      const events = readEvents(eventsFile(dir), question.filter)
      if (!events.ok) throw new Error(events.fault)
      return events.value.map((event) => JSON.stringify(event))
    }
  }
}

parentPort?.on('message', ({ id, question }: Asked) => {
  let answered: Answered
  try {
    answered = { id, value: answer(question) }
  } catch (error) {
    answered = { id, fault: reasonOf(error) }
  }
  parentPort?.postMessage(answered)
})
