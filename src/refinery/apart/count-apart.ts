/** Counts tokens in a thread of its own, which starts with the first count and does not keep the process alive. */

import { Worker } from 'node:worker_threads'
import type { CountTokens } from '../stages/split-run.ts'
import { type Line, openLine } from './line.ts'

export type CountAnswers = {
  readonly count: (text: string) => Promise<number>
}

/** Where the thread ends, the next count starts another; what cannot be counted is taken as a token for every two characters, which is too many. */
export function countApart(): CountTokens {
  let thread: Thread | undefined
  let asked = 0
  return async (text) => {
    thread ??= startThread(() => {
      thread = undefined
    })
    const { worker, line } = thread
    asked += 1
    worker.ref()
    const came = await line.ask('count', text)
    asked -= 1
    if (asked === 0) worker.unref()
    return came.ok ? came.value : Math.ceil(text.length / 2)
  }
}

interface Thread {
  readonly worker: Worker
  readonly line: Line<CountAnswers>
}

function startThread(then: () => void): Thread {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./count-worker.${extension}`, import.meta.url))
  const line = openLine<CountAnswers>(worker, {})
  const end = (why: string) => {
    then()
    line.end(why)
  }
  worker.once('error', ({ message }: Error) => end(message))
  worker.once('exit', () => end('the thread that counts ended'))
  return { worker, line }
}
