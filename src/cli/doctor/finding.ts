/** One thing the doctor looked at: how it is, and what to do where it is not well. */

export interface Finding {
  /** `fine`, `notice`: works and is worth knowing, `wrong`: will fail. */
  readonly state: 'fine' | 'notice' | 'wrong'
  /** What was looked at: `redis`, `key key_1a2b of openai`. */
  readonly what: string
  readonly says: string
  /** Given where there is something to do. */
  readonly remedy?: string
}

export const fine = (what: string, says: string): Finding => ({ state: 'fine', what, says })
export const notice = (what: string, says: string, remedy: string): Finding => ({
  state: 'notice',
  what,
  says,
  remedy,
})
export const wrong = (what: string, says: string, remedy: string): Finding => ({
  state: 'wrong',
  what,
  says,
  remedy,
})

const marks = { fine: '✔', notice: '!', wrong: '✖' } as const

/** One line for each, and the remedy under it. */
export function findingText({ state, what, says, remedy }: Finding): string {
  const line = `${marks[state]} ${what}: ${says}`
  return remedy === undefined ? line : `${line}\n    ${remedy}`
}
