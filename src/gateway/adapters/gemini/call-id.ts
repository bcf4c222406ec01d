/** Ids for function calls that came without one: the same for the same answer, and different for different answers. */

import { filled } from '../present.ts'

const prefix = 'gcall_'

/** At most 40 characters of letters, digits, `_` and `-`, which every dialect takes. */
export function makeCallId(answer: string, choice: number, call: number): string {
  return `${prefix}${answer.replace(/[^\w-]/g, '').slice(0, 24)}_${choice}_${call}`
}

export function callId(wire: unknown, otherwise: () => string): string {
  return filled(wire) ?? otherwise()
}

/** The id as its provider knows it: one that we made is not sent. */
export function wireId(id: string): string | undefined {
  return id === '' || id.startsWith(prefix) ? undefined : id
}
