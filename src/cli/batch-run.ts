/** `batch run`: answers a file of requests, each line once, and goes on where it was broken off. */

import { existsSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import { done, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import {
  countLines,
  createLineSet,
  cutTornLine,
  type LineSet,
  openLineWriter,
  readLines,
} from '../record/batch/line-file.ts'
import { resultNumber, wasSuccess, writeResult } from '../server/batch/batch-line.ts'
import { type RunOptions, runLines } from '../server/batch/run-lines.ts'
import { wrongFiles } from './batch-files.ts'
import { keepCompiled } from './keep-compiled.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'
import type { Asker } from './own-asker.ts'
import { type LastProgress, openProgress } from './progress-bar.ts'

export interface BatchOptions extends CommonOptions {
  readonly file: string
  readonly out: string
  readonly concurrency: string
  readonly resume?: boolean
  /** A running gateway; without it the lines are answered in this process. */
  readonly url?: string
}

const mostAtOnce = 1_000

/** Exit code: 0 when every line was written, whatever became of it; 1 when the run was broken off; 2 for wrong use. */
export async function batchRun(options: BatchOptions): Promise<number> {
  const concurrency = /^\d+$/.test(options.concurrency) ? Number(options.concurrency) : 0
  if (concurrency < 1 || concurrency > mostAtOnce)
    return wrongUse(`--concurrency must be a number from 1 to ${mostAtOnce}`)
  const origin = options.url === undefined ? undefined : originOf(options.url)
  if (options.url !== undefined && origin === undefined)
    return wrongUse('--url must be an http or https address')
  const wrong = wrongFiles(options)
  if (wrong !== undefined) return wrongUse(wrong)
  const asker = origin === undefined ? await askHere(options) : await askThere(origin, concurrency)
  if (!asker.ok) return wrongUse(asker.fault, 1)
  try {
    return await runAll(options, concurrency, asker.value.ask)
  } catch (error) {
    return wrongUse(`the run was broken off: ${reasonOf(error)}`, 1)
  } finally {
    await asker.value.close()
  }
}

function wrongUse(line: string, code = 2): number {
  complain(line)
  return code
}

function originOf(url: string): string | undefined {
  const address = URL.parse(url)
  return address && /^https?:$/.test(address.protocol) ? address.origin : undefined
}

async function askThere(origin: string, concurrency: number): Promise<Outcome<Asker, string>> {
  const { createHttpAsker } = await import('./http-asker.ts')
  return done(createHttpAsker(origin, process.env['ADAPTIVE_MIND_KEY'] || undefined, concurrency))
}

/** The engine takes long to load: not for lines that a running gateway answers. */
async function askHere(options: BatchOptions): Promise<Outcome<Asker, string>> {
  keepCompiled(dataDirectory(options))
  const { openOwnAsker } = await import('./own-asker.ts')
  return await openOwnAsker(options)
}

async function runAll(options: BatchOptions, concurrency: number, ask: RunOptions['ask']): Promise<number> {
  const { file, out } = options
  const before = await readBefore(out)
  const total = await countLines(file)
  const bar = openProgress({
    total,
    doneBefore: before.lines.size(),
    failedBefore: before.failed,
    isSilent: options.quiet === true || options.json === true,
    clock: systemClock,
    out: process.stderr,
  })
  const ending = endBySignal()
  const writer = await openLineWriter(out)
  let trouble: string | undefined
  try {
    await runLines({
      lines: readLines(file),
      isDone: before.lines.has,
      concurrency,
      ask,
      write: (result) => writer.append(writeResult(result)),
      clock: systemClock,
      onResult: bar.step,
      ...ending,
    })
  } catch (error) {
    trouble = reasonOf(error)
  }
  await writer.close()
  ending.close()
  return tell(options, bar.close(), { trouble, isBrokenOff: ending.stop.aborted })
}

interface Before {
  readonly lines: LineSet
  readonly failed: number
}

/** What an earlier run has written; what it was writing when it was killed is cut off. */
async function readBefore(out: string): Promise<Before> {
  const lines = createLineSet()
  let failedLines = 0
  if (!existsSync(out)) return { lines, failed: 0 }
  await cutTornLine(out)
  for await (const { text } of readLines(out)) {
    const number = resultNumber(text)
    if (number === undefined || lines.has(number)) continue
    lines.add(number)
    if (!wasSuccess(text)) failedLines += 1
  }
  return { lines, failed: failedLines }
}

/** The first Ctrl-C begins no new line, the second ends those that run. */
function endBySignal() {
  const stop = new AbortController()
  const cut = new AbortController()
  const onSignal = () => (stop.signal.aborted ? cut.abort() : stop.abort())
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    stop: stop.signal,
    cut: cut.signal,
    close() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

interface Ended {
  readonly trouble: string | undefined
  readonly isBrokenOff: boolean
}

function tell(options: BatchOptions, progress: LastProgress, { trouble, isBrokenOff }: Ended): number {
  const { out, json, quiet } = options
  const { done: lines, total, failed: failedLines, perSecond = 0, tookMs } = progress
  const isComplete = lines >= total && trouble === undefined
  if (json)
    print(
      JSON.stringify({
        lines,
        total,
        failed: failedLines,
        perSecond,
        tookMs,
        out,
        isComplete,
        ...(trouble ? { trouble } : {}),
      }),
    )
  else if (!quiet || !isComplete) {
    const answered = `${lines - failedLines} answered, ${failedLines} failed`
    print(`${lines} of ${total} lines, ${answered}. Results: ${out}`)
  }
  if (trouble !== undefined) complain(`the run was broken off: ${trouble}`)
  if (!isComplete && (isBrokenOff || trouble !== undefined))
    complain(`go on with: adaptive-mind batch run ${options.file} --out ${out} --resume`)
  return isComplete ? 0 : 1
}
