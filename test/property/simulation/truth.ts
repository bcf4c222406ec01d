/** What is true of one call, whatever the engine makes of it. */

import type { FaultCode } from '../../../src/protocol/fault.ts'
import type { FullAnswer } from './wire-answer.ts'

export interface Truth {
  readonly doing: string
  /** The fault a patient caller would meet; absent for a whole answer. */
  readonly fault?: FaultCode
  /** It may tell a first piece of a stream before it fails. */
  readonly mayBegin: boolean
  /** Slow or silent: a limit of the gateway may end it. */
  readonly mayTimeOut: boolean
  /** The wait the provider named, clamped to a day. */
  readonly namedMs?: number
  /** It was asked to go on with an answer that was begun. */
  readonly goesOn: boolean
  readonly answer: FullAnswer
}
