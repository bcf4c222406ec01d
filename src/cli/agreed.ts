/** Asks the person at the terminal before something is done that costs or changes. */

import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'

/** Whether somebody is there to be asked. */
export const isSomebodyThere = (): boolean => process.stdin.isTTY === true

/** The question goes to stderr; anything but a yes is a no, the end of the input and Ctrl-C too. */
export async function agreed(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const ended = once(asking, 'close').then(() => '')
  const answer = await Promise.race([asking.question(`${question} [y/N] `), ended])
  asking.close()
  return /^y(es)?$/i.test(answer.trim())
}
