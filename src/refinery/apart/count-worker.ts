/** The thread that counts tokens for a process that serves others: its vocabulary alone takes long to read. */

import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../base/clock.ts'
import type { CountTokens } from '../stages/split-run.ts'
import { tokenCounter } from '../stages/token-counter.ts'
import type { CountAnswers } from './count-apart.ts'
import { openLine } from './line.ts'

if (parentPort) {
  let counter: Promise<CountTokens> | undefined
  const own: CountAnswers = {
    async count(text) {
      counter ??= tokenCounter(systemClock)
      return (await counter)(text)
    },
  }
  openLine<Record<string, never>>(parentPort, own)
}
