/** Lays a new answer over what was already said, so that the caller gets every character once. */

/** `begin`: still comparing. `aligned`: all that was said came again, or none of it will. `departed`: it says something else. */
export type Alignment =
  | { readonly kind: 'begin'; readonly matched: number; readonly held: string }
  | { readonly kind: 'aligned' }
  | { readonly kind: 'departed' }

export const unaligned: Alignment = { kind: 'begin', matched: 0, held: '' }

export interface Laid {
  readonly alignment: Alignment
  /** What is new to the caller. */
  readonly fresh: string
}

/**
 * With `mustMatch` (asked anew) the answer has to begin with all of `said`. Without it (asked to go on) it may: some
 * models repeat the whole answer, and then what was said is left away; else all of it is new.
 */
export function lay(
  before: Alignment,
  piece: string,
  { said, mustMatch }: { readonly said: string; readonly mustMatch: boolean },
): Laid {
  if (before.kind !== 'begin') return { alignment: before, fresh: before.kind === 'aligned' ? piece : '' }
  const text = before.held + piece
  const same = commonPrefix(said, text)
  if (same === said.length) return { alignment: { kind: 'aligned' }, fresh: text.slice(same) }
  if (same === text.length) return { alignment: { kind: 'begin', matched: same, held: text }, fresh: '' }
  return mustMatch
    ? { alignment: { kind: 'departed' }, fresh: '' }
    : { alignment: { kind: 'aligned' }, fresh: joined(said, text) }
}

/** What is still held when the answer ends: part of what was said, or the whole of a short continuation. */
export function endOf(alignment: Alignment, { said, mustMatch }: { said: string; mustMatch: boolean }): Laid {
  if (alignment.kind !== 'begin') return { alignment, fresh: '' }
  // White space at the end is often left away where an answer is said again.
  const isSaidAgain = alignment.matched > 0 && said.trimEnd() === alignment.held.trimEnd()
  if (isSaidAgain) return { alignment: { kind: 'aligned' }, fresh: '' }
  if (mustMatch) return { alignment: { kind: 'departed' }, fresh: '' }
  return { alignment: { kind: 'aligned' }, fresh: joined(said, alignment.held) }
}

/** A prefilled answer is sent without the white space at its end, so that a model may write it a second time. */
function joined(said: string, text: string): string {
  return /\s$/.test(said) ? text.replace(/^[ \t]+/, '') : text
}

function commonPrefix(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let at = 0
  while (at < most && one.charCodeAt(at) === other.charCodeAt(at)) at += 1
  return at
}
