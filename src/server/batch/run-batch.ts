/** One batch from its file to its results, whatever it had done before this process began. */

import { rm } from 'node:fs/promises'
import { type BatchNote, isOver } from '../../record/batch/batch-note.ts'
import {
  createLineSet,
  cutTornLine,
  type LineSet,
  type LineWriter,
  openLineWriter,
  readLines,
} from '../../record/batch/line-file.ts'
import { isSuccess, readBatchLine, resultNumber, writeResult } from './batch-line.ts'
import { type DeskParts, inStatus, type Running } from './batch-parts.ts'
import { checkLines } from './check-lines.ts'
import { runLines } from './run-lines.ts'

/** How often counts are written down while lines come in, ms. */
const noteEveryMs = 1_000

export async function runBatch(
  parts: DeskParts,
  id: string,
  { stop, cut }: Pick<Running, 'stop' | 'cut'>,
): Promise<void> {
  const { notes, clock } = parts
  const note = () => notes.get(id)
  const first = note()
  if (first === undefined || isOver(first)) return
  const untilMs = (first.atMs.expires ?? 0) - clock.wallMs()
  const cancelExpiry = clock.after(Math.min(Math.max(0, untilMs), 2_000_000_000), () => stop.abort())
  try {
    if (first.status === 'validating' && !(await validate(parts, first))) return
    const work = await openWork(parts, id)
    await ask(parts, work, { stop, cut })
    await work.close()
    // The process ends; the next one goes on.
    if (cut.signal.aborted) return
    await finish(parts, work, id)
  } finally {
    cancelExpiry()
  }
}

async function validate({ notes, files, settings, clock }: DeskParts, note: BatchNote): Promise<boolean> {
  const { endpoint, inputFileId, id } = note
  const checked = await checkLines(readLines(files.path(inputFileId)), {
    endpoint,
    mostLines: settings().maxLines,
  })
  const now = notes.get(id) ?? note
  if (checked.mistakes.length > 0) {
    await notes.put({ ...inStatus(now, 'failed', clock.wallMs()), mistakes: checked.mistakes })
    return false
  }
  const next = now.status === 'validating' ? inStatus(now, 'in_progress', clock.wallMs()) : now
  await notes.put({ ...next, total: checked.total })
  return true
}

/** What is open while a batch runs. */
interface Work {
  readonly id: string
  readonly done: LineSet
  readonly output: LineWriter
  readonly errors: LineWriter
  completed: number
  failed: number
  close(): Promise<void>
}

async function openWork({ notes, files }: DeskParts, id: string): Promise<Work> {
  const { outputFileId, errorFileId } = notes.get(id) as BatchNote
  const done = createLineSet()
  const completed = await readBefore(files.path(outputFileId), done)
  const failed = await readBefore(files.path(errorFileId), done)
  const output = await openLineWriter(files.path(outputFileId))
  const errors = await openLineWriter(files.path(errorFileId))
  const close = async () => {
    await output.close()
    await errors.close()
  }
  return { id, done, output, errors, completed, failed, close }
}

/** How many results stand there already. */
async function readBefore(path: string, done: LineSet): Promise<number> {
  await cutTornLine(path)
  const before = done.size()
  try {
    for await (const { text } of readLines(path)) {
      const number = resultNumber(text)
      if (number !== undefined) done.add(number)
    }
  } catch {
    // Nothing was written yet.
  }
  return done.size() - before
}

async function ask(
  { notes, files, settings, clock, askerFor }: DeskParts,
  work: Work,
  { stop, cut }: Pick<Running, 'stop' | 'cut'>,
): Promise<void> {
  const note = notes.get(work.id)
  if (note === undefined || note.status !== 'in_progress') return
  let notedAtMs = clock.monoMs()
  await runLines({
    lines: readLines(files.path(note.inputFileId)),
    isDone: work.done.has,
    concurrency: settings().concurrency,
    ask: askerFor(note.caller),
    clock,
    stop: stop.signal,
    cut: cut.signal,
    async write(result) {
      const isGood = isSuccess(result)
      await (isGood ? work.output : work.errors).append(writeResult(result))
      work.done.add(result.number)
      if (isGood) work.completed += 1
      else work.failed += 1
      if (clock.monoMs() - notedAtMs < noteEveryMs) return
      notedAtMs = clock.monoMs()
      const now = notes.get(work.id)
      if (now) await notes.put({ ...now, completed: work.completed, failed: work.failed })
    },
  })
}

async function finish(parts: DeskParts, work: Work, id: string): Promise<void> {
  const { notes, files, clock, settings } = parts
  const before = notes.get(id) as BatchNote
  const isExpired = before.status === 'in_progress' && work.done.size() < before.total
  if (isExpired) await giveUp(parts, work, before)
  const counts = { completed: work.completed, failed: work.failed }
  const finalizing =
    before.status === 'in_progress' && !isExpired ? inStatus(before, 'finalizing', clock.wallMs()) : before
  await notes.put({ ...finalizing, ...counts })
  const { tenant, outputFileId, errorFileId } = before
  const about = (name: string) => ({
    tenant,
    name: `${id}_${name}.jsonl`,
    expiresAtMs: clock.wallMs() + settings().keptForMs,
  })
  const output = await files.adopt(outputFileId, about('output'))
  const errors = await files.adopt(errorFileId, about('error'))
  if (!output) await rm(files.path(outputFileId), { force: true })
  if (!errors) await rm(files.path(errorFileId), { force: true })
  const status = isExpired ? 'expired' : before.status === 'cancelling' ? 'cancelled' : 'completed'
  await notes.put({
    ...inStatus(finalizing, status, clock.wallMs()),
    ...counts,
    hasOutput: output !== undefined,
    hasErrors: errors !== undefined,
  })
}

/** What was not asked in time stands among the errors, so that nobody has to look for it. */
async function giveUp({ files }: DeskParts, work: Work, note: BatchNote): Promise<void> {
  const errors = await openLineWriter(files.path(note.errorFileId))
  for await (const { number, text } of readLines(files.path(note.inputFileId))) {
    if (work.done.has(number)) continue
    const read = readBatchLine(text, number)
    const customId = read.ok ? { customId: read.value.customId } : {}
    const error = { code: 'batch_expired', message: 'it could not be asked within the completion window' }
    await errors.append(writeResult({ number, ...customId, error }))
    work.failed += 1
  }
  await errors.close()
}
