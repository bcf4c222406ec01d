/** Most events of a stream differ from the one before in nothing but their text: those need not be parsed. */

import { parseJsonOfKnownDepth } from '../../base/text.ts'

export interface SameEvents {
  /** The text of an event that is, letter by letter, otherwise the one that was learnt; undefined where it is not. */
  textOf(data: string): string | undefined
  /** `data` was read, and said `text` and nothing else. */
  learn(data: string, text: string): void
  /** What comes next is not to be read like what was learnt. */
  forget(): void
}

/** Finds the text in a parsed event; undefined where there is none, or more than one. */
export type ContentOf = (event: unknown) => unknown

/** Ends a string of JSON, stands for another character in it, or may not stand in it. */
const special = /["\\\p{Cc}]/u

/** So often in a row events are learnt that no other is like: some providers put something new into each. */
const mostInVain = 3
/** The text may stand elsewhere in the event, too: so many places are tried. */
const mostPlaces = 4
const probe = 'is it here that the text stands'

export const openSameEvents = (contentOf: ContentOf): SameEvents => new Pattern(contentOf)

/** Has identity: what one stream's events have in common. A class, for one is made for every stream. */
class Pattern implements SameEvents {
  readonly #contentOf: ContentOf
  #before = ''
  #behind = ''
  #isLearnt = false
  #left = mostInVain

  constructor(contentOf: ContentOf) {
    this.#contentOf = contentOf
  }

  textOf(data: string): string | undefined {
    const before = this.#before
    const behind = this.#behind
    const end = data.length - behind.length
    if (!this.#isLearnt || end <= before.length) return undefined
    // Compared as whole pieces, not by `startsWith`, which looks at one letter after the other.
    if (data.slice(0, before.length) !== before || data.slice(end) !== behind) return undefined
    const text = data.slice(before.length, end)
    if (special.test(text)) return undefined
    this.#left = mostInVain
    return text
  }

  learn(data: string, text: string): void {
    this.#isLearnt = false
    if (this.#left === 0 || special.test(text)) return
    this.#left -= 1
    const at = placeOf(data, text, this.#contentOf)
    if (at === undefined) return
    this.#before = data.slice(0, at)
    this.#behind = data.slice(at + text.length)
    this.#isLearnt = true
  }

  forget(): void {
    this.#isLearnt = false
  }
}

/** Where a string of JSON stands that is the text: another string put there is read as the text. The rest of the event is then read as before, whatever that string is. */
function placeOf(data: string, text: string, contentOf: ContentOf): number | undefined {
  let at = data.indexOf(`"${text}"`) + 1
  for (let tries = 0; at > 0 && tries < mostPlaces; tries += 1) {
    const probed = data.slice(0, at) + probe + data.slice(at + text.length)
    if (contentOf(parseJsonOfKnownDepth(probed)) === probe) return at
    at = data.indexOf(`"${text}"`, at) + 1
  }
  return undefined
}
