/** An order to erase texts of requests: handed to the journal's one writer through the file itself, so that it works beside a running gateway. */

import type { DatabaseSync } from 'node:sqlite'
import { clearLog } from './file-space.ts'
import { appendAudit, inTransaction, type Journal } from './journal-store.ts'

export interface EraseOrder {
  readonly requestIds: readonly string[]
  /** The keyed hash of the person it is about, where it is about one. */
  readonly subjectHash?: string
}

/** `isGone` is false while a reader still holds an old part of the file; the writer tries again. */
export interface EraseAnswer {
  readonly erased: number
  readonly isGone: boolean
}

/** Takes the texts away, notes it in the chain, and clears the write-ahead log of what it still held. */
export function carryOut(journal: Journal, order: EraseOrder): EraseAnswer {
  const find = journal.db.prepare('SELECT seq FROM entries WHERE request_id = ?')
  const removals = ['previews', 'content'].map((table) =>
    journal.db.prepare(`DELETE FROM ${table} WHERE seq = ?`),
  )
  const erased = inTransaction(journal, () => {
    const touched = order.requestIds.filter((requestId) => {
      const seq = (find.get(requestId) as { seq: number } | undefined)?.seq
      if (seq === undefined) return false
      return removals.map((statement) => Number(statement.run(seq).changes)).some((changes) => changes > 0)
    })
    const { subjectHash } = order
    appendAudit(journal, 'content_erased', {
      requests: order.requestIds.length,
      erased: touched.length,
      ...(subjectHash === undefined ? {} : { subjectHash }),
      requestIds: order.requestIds.slice(0, 100),
    })
    return touched.length
  })
  return { erased, isGone: clearLog(journal.db) }
}

export interface WaitingOrder {
  readonly id: string
  readonly order: EraseOrder
}

export function nextOrder(db: DatabaseSync): WaitingOrder | undefined {
  const row = db.prepare('SELECT id, json FROM orders WHERE answer IS NULL ORDER BY id LIMIT 1').get() as
    | { id: string; json: string }
    | undefined
  return row && { id: row.id, order: JSON.parse(row.json) }
}

export function answerOrder(db: DatabaseSync, id: string, answer: EraseAnswer): void {
  db.prepare('UPDATE orders SET answer = ? WHERE id = ?').run(JSON.stringify(answer), id)
}

export function placeOrder(db: DatabaseSync, id: string, order: EraseOrder): void {
  db.prepare('INSERT INTO orders (id, json) VALUES (?, ?)').run(id, JSON.stringify(order))
}

/** The answer, once it is there; the order is then taken away. */
export function takeAnswer(db: DatabaseSync, id: string): EraseAnswer | undefined {
  const row = db.prepare('SELECT answer FROM orders WHERE id = ?').get(id) as
    | { answer: string | null }
    | undefined
  if (!row?.answer) return undefined
  db.prepare('DELETE FROM orders WHERE id = ?').run(id)
  return JSON.parse(row.answer)
}
