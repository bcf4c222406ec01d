/** Traces of any size as text, of steps that are all alike. */

import { closeSync, openSync, writeSync } from 'node:fs'

export interface StepSize {
  /** Of the question, as often as it is said: 14 characters. */
  readonly asked: number
  /** Of the answer: 6 characters. */
  readonly answered: number
}

/** One step of a LangSmith export; `at` from 0. */
export const stepText = (at: number, { asked, answered }: StepSize): string =>
  JSON.stringify({
    id: `r${at}`,
    trace_id: 't',
    name: 'Step',
    run_type: at % 2 === 0 ? 'llm' : 'tool',
    dotted_order: `1.${at}`,
    inputs: { messages: [{ role: 'user', content: 'lorem "ipsum" '.repeat(asked) }] },
    outputs: { text: `answer number ${at} ${'dolor\n'.repeat(answered)}` },
  })

/** What stands around the steps of a trace. */
export const aroundSteps = ['{"trace_id":"t","runs":[', ']}'] as const

/** Writes pieces, parted by commas, until they take so many bytes. */
export function writePieces(
  path: string,
  bytes: number,
  piece: (at: number) => string,
  [before, behind]: readonly [string, string] = aroundSteps,
): void {
  const file = openSync(path, 'w')
  writeSync(file, before)
  let written = 0
  for (let at = 0; written < bytes; at += 1) written += writeSync(file, (at > 0 ? ',' : '') + piece(at))
  writeSync(file, behind)
  closeSync(file)
}
