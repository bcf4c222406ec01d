/** The invariants that are held against every run. */

import type { Invariant } from './invariant.ts'
import { ofAccounts } from './of-accounts.ts'
import { ofAnswers } from './of-answers.ts'
import { ofAttempts } from './of-attempts.ts'
import { ofCircuits } from './of-circuits.ts'
import { ofKeys } from './of-keys.ts'
import { ofTheProcess } from './of-the-process.ts'

export const allInvariants: readonly Invariant[] = [
  ...ofAnswers,
  ...ofAttempts,
  ...ofCircuits,
  ...ofKeys,
  ...ofAccounts,
  ...ofTheProcess,
]
