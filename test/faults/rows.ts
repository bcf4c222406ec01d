/** What providers do wrong, and what must come of it: the table is the specification (F01 to F34 of the fault list). */

import type { Dialect } from '../../src/protocol/chat.ts'
import type { FaultCode } from '../../src/protocol/fault.ts'
import type { Way } from './wall.ts'

/** Who answers in the end: the faulty provider itself, the second one, both one after the other, or nobody. */
export type Ending = 'first' | 'other' | 'recovered' | FaultCode

export interface Expected {
  /** With no other target. */
  readonly alone: 'first' | FaultCode
  /** Calls that reach the faulty provider then. */
  readonly calls: number
  /** With a healthy second target. */
  readonly backed: Ending
  readonly backedCalls: number
  /** With a healthy second target the whole answer is there by then. */
  readonly backedWithinMs?: number
  /** In place of the right answer's text. */
  readonly said?: string
  /** The answer of the first is a tool call. */
  readonly tool?: boolean
}

export interface FaultRow {
  /** Number in the fault list and what goes wrong. */
  readonly name: string
  readonly way: Way
  /** Absent: the fault does not exist for answers of this kind. */
  readonly whole?: Expected
  readonly stream?: Expected
  /** In place of the wall's address: for faults below HTTP. */
  readonly at?: (places: Places) => string
  /** Only for providers that speak this dialect. */
  readonly dialect?: Dialect
}

/** Addresses that do not behave as an HTTP server. */
export interface Places {
  readonly selfSigned: string
  readonly plainOnTls: string
  readonly silentTls: string
  readonly noHost: string
  readonly closedPort: string
  readonly blackHole: string
}

/** Once more on the same key, then onward. */
export const again = (alone: FaultCode): Expected => ({ alone, calls: 2, backed: 'other', backedCalls: 2 })
/** The other target at once; the same once more only where there is no other. */
export const onward = (alone: FaultCode): Expected => ({ alone, calls: 2, backed: 'other', backedCalls: 1 })
/** The other target at once, and never the same again. */
export const leave = (alone: FaultCode): Expected => ({ alone, calls: 1, backed: 'other', backedCalls: 1 })
/** The caller hears of it at once, and nobody else is asked. */
export const told = (alone: FaultCode): Expected => ({ alone, calls: 1, backed: alone, backedCalls: 1 })
/** The stream broke after content: another finishes it. */
export const recovered = (alone: FaultCode, calls = 2): Expected => ({
  alone,
  calls,
  backed: 'recovered',
  backedCalls: 1,
})
/** No harm done, after so many calls. */
export const fine = (calls = 1): Expected => ({ alone: 'first', calls, backed: 'first', backedCalls: calls })

export const both = (expected: Expected) => ({ whole: expected, stream: expected })
