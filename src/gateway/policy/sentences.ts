/** Parts a text that is still being told into whole sentences and what may go on: pure. */

export interface Told {
  readonly whole: readonly string[]
  /** May be the beginning of a sentence. */
  readonly rest: string
}

/** Longer than this a sentence is given out at its last space, for lists and code may never end one. */
const longest = 400
/** Made when it is first needed, for to make it takes 10 ms. */
let segmenter: Intl.Segmenter | undefined

/** Nothing is lost: the sentences and the rest are the text, to the character. */
export function wholeSentences(text: string): Told {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'sentence' })
  const segments = [...segmenter.segment(text)].map(({ segment }) => segment)
  const rest = segments.pop() ?? ''
  if (rest.length <= longest) return { whole: segments, rest }
  const at = rest.lastIndexOf(' ') + 1
  return at > 0
    ? { whole: [...segments, rest.slice(0, at)], rest: rest.slice(at) }
    : { whole: segments, rest }
}
