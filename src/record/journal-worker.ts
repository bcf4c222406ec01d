/** The one writer of the journal: a worker thread that commits whatever arrived while the last commit ran, and keeps the file in order between commits. */

import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import { reasonOf } from '../base/reason.ts'
import { type CheckpointKeeper, createCheckpointKeeper } from './checkpoint-keeper.ts'
import { answerOrder, carryOut, nextOrder } from './erase-order.ts'
import { clearLog } from './file-space.ts'
import type { JournalBatch, JournalReply, JournalSetup } from './journal-port.ts'
import { retentionRound } from './journal-retention.ts'
import { commit, type Journal, openJournal, recover, releaseLocks } from './journal-store.ts'

const setup = workerData as JournalSetup

/** How often orders are looked for, and how long a round of retention pauses between its steps. */
const lookEveryMs = 1_000
const pauseMs = 25

const say = (reply: JournalReply) => parentPort?.postMessage(reply)

function serve(journal: Journal, keeper: CheckpointKeeper): void {
  const reached = () => keeper.reached({ seq: journal.seq, hash: journal.prevHash })
  reached()
  const stop = keepInOrder(journal, reached)
  parentPort?.on('message', (message: JournalBatch | 'close') => {
    if (message === 'close') {
      stop()
      void keeper.finish().then(() => close(journal))
      return
    }
    try {
      commit(journal, message)
      say({ kind: 'committed', id: message.id })
    } catch (error) {
      say({ kind: 'failed', id: message.id, reason: reasonOf(error) })
    }
    reached()
  })
}

function close(journal: Journal): void {
  journal.db.close()
  releaseLocks()
  say({ kind: 'closed' })
  parentPort?.close()
}

/** Carries out orders and retention between commits. What fails is tried again at the next look. */
function keepInOrder(journal: Journal, reached: () => void): () => void {
  let isOver = false
  let mustClear = false
  let isWell = true
  let round: Generator<void, void> | undefined
  let nextRoundMs = systemClock.monoMs() + Math.min(60_000, setup.retention.everyMs)

  const look = () => {
    mustClear = mustClear && !clearLog(journal.db)
    for (let waiting = nextOrder(journal.db); waiting; waiting = nextOrder(journal.db)) {
      const answer = carryOut(journal, waiting.order)
      mustClear ||= !answer.isGone
      answerOrder(journal.db, waiting.id, answer)
    }
    if (!round && systemClock.monoMs() >= nextRoundMs) {
      nextRoundMs = systemClock.monoMs() + setup.retention.everyMs
      round = retentionRound(journal, setup.retention)
    }
    if (round?.next().done) round = undefined
  }
  const turn = () => {
    if (isOver) return
    try {
      look()
      isWell = true
    } catch (error) {
      round = undefined
      if (isWell) say({ kind: 'note', line: `the ledger cannot be kept in order: ${reasonOf(error)}` })
      isWell = false
    }
    reached()
    systemClock.after(round ? pauseMs : lookEveryMs, turn)
  }
  systemClock.after(lookEveryMs, turn)
  return () => {
    isOver = true
  }
}

try {
  const journal = openJournal(setup)
  const { journalId } = journal
  const keeper = createCheckpointKeeper({
    dir: setup.dir,
    journalId,
    rules: setup.checkpoints,
    onCheckpoint: (line) => say({ kind: 'checkpoint', line }),
    onProblem: (line) => say({ kind: 'note', line }),
  })
  if (journal.seq === 0 && keeper.otherJournals.length > 0)
    say({
      kind: 'note',
      line: `a new ledger begins; ${setup.checkpoints.file} holds checkpoints of ${keeper.otherJournals.join(', ')}`,
    })
  say({ kind: 'open', recovered: setup.recovers ? recover(journal, setup.dir) : 0, journalId })
  serve(journal, keeper)
} catch (error) {
  say({ kind: 'refused', reason: reasonOf(error) })
}
