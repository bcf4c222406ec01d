/** Removes what has outlived its time from the journal, a little at a time, and notes it in the chain. */

import { systemClock } from '../base/clock.ts'
import type { RetentionConfig as RetentionRules } from '../config/config.ts'
import { usedBytes } from './file-space.ts'
import { appendAudit, inTransaction, type Journal } from './journal-store.ts'
import { planRetention } from './retention-plan.ts'

/** Rows of one transaction: few, for requests wait for the same writer. */
const stepRows = 500

/** One round as a sequence of short transactions; whoever drives it may pause between them. */
export function* retentionRound(journal: Journal, rules: RetentionRules): Generator<void, void> {
  const plan = planRetention(factsOf(journal), rules)
  yield* removeTexts(journal, 'previews', plan.previewsThrough)
  yield* removeTexts(journal, 'content', plan.contentThrough)
  yield* removeEntries(journal, plan.entriesThrough, plan.entriesBecause)
}

function factsOf({ db, seq }: Journal) {
  const first = db.prepare('SELECT seq FROM entries ORDER BY seq LIMIT 1').get() as
    | { seq: number }
    | undefined
  const before = db.prepare('SELECT seq FROM entries WHERE at_utc < ? ORDER BY at_utc DESC, seq DESC LIMIT 1')
  return {
    nowMs: systemClock.wallMs(),
    firstSeq: first?.seq ?? seq + 1,
    lastSeq: seq,
    usedBytes: usedBytes(db),
    lastBefore: (utc: string) => (before.get(utc) as { seq: number } | undefined)?.seq ?? 0,
  }
}

function* removeTexts(journal: Journal, table: 'previews' | 'content', through: number): Generator<void> {
  const remove = journal.db.prepare(
    `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE seq <= ? ORDER BY seq LIMIT ${stepRows})`,
  )
  for (let removed = 0; ; ) {
    const isOver = inTransaction(journal, () => {
      const changes = Number(remove.run(through).changes)
      removed += changes
      if (changes === stepRows) return false
      if (removed > 0) appendAudit(journal, `${table}_aged`, { throughSeq: through, removed })
      return true
    })
    if (isOver) return
    yield
  }
}

/** The note comes first: at every moment the ledger itself says why its beginning is missing. */
function* removeEntries(journal: Journal, through: number, because: 'age' | 'size'): Generator<void> {
  const last = journal.db.prepare('SELECT hash FROM entries WHERE seq = ?').get(through) as
    | { hash: string }
    | undefined
  if (last === undefined) return
  inTransaction(journal, () =>
    appendAudit(journal, 'entries_removed', { throughSeq: through, throughHash: last.hash, because }),
  )
  const removals = ['previews', 'content', 'entries'].map((table) =>
    journal.db.prepare(
      `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE seq <= ? ORDER BY seq LIMIT ${stepRows})`,
    ),
  )
  for (let changes = 1; changes > 0; ) {
    yield
    changes = inTransaction(journal, () =>
      removals.reduce((sum, statement) => sum + Number(statement.run(through).changes), 0),
    )
  }
}
