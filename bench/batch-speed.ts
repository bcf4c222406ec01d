/** How much sooner lines of a batch end when they run beside one another: the product's own runner against a gateway that runs. */

import { systemClock } from '../src/base/clock.ts'
import { createHttpAsker } from '../src/cli/http-asker.ts'
import { runLines } from '../src/server/batch/run-lines.ts'
import { quantile } from './load.ts'

export interface BatchSpeed {
  readonly lines: number
  readonly workers: number
  /** How often it is measured; the median is told. */
  readonly rounds: number
}

/** Time of the lines one after another ÷ time with so many workers. One after another is measured with four lines. */
export async function batchSpeedUp(url: string, { lines, workers, rounds }: BatchSpeed): Promise<number> {
  const asker = createHttpAsker(url, undefined, workers)
  const speedUps: number[] = []
  await ran(asker, workers, workers)
  for (let round = 0; round < rounds; round += 1) {
    const oneMs = (await ran(asker, 4, 1)) / 4
    speedUps.push((lines * oneMs) / (await ran(asker, lines, workers)))
  }
  await asker.close()
  return quantile(speedUps, 0.5)
}

let asked = 0

async function ran(
  { ask }: Pick<ReturnType<typeof createHttpAsker>, 'ask'>,
  lines: number,
  concurrency: number,
): Promise<number> {
  const never = new AbortController().signal
  let answered = 0
  const startMs = performance.now()
  await runLines({
    lines: distinct(lines),
    isDone: () => false,
    concurrency,
    ask,
    write: async () => {},
    onResult: (isSuccess) => {
      if (isSuccess) answered += 1
    },
    clock: systemClock,
    stop: never,
    cut: never,
  })
  if (answered !== lines) throw new Error(`${answered} of ${lines} lines were answered`)
  return performance.now() - startMs
}

async function* distinct(count: number) {
  for (let number = 1; number <= count; number += 1) {
    asked += 1
    const body = { model: 'chat', messages: [{ role: 'user', content: `question ${asked}` }] }
    yield { number, text: JSON.stringify({ custom_id: `c${number}`, url: '/v1/chat/completions', body }) }
  }
}
