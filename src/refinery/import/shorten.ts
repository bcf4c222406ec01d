/** Cuts the long texts and the deep nests of a JSON value, and counts what was cut. */

export interface Shortened {
  readonly value: unknown
  /** Characters of the texts that are left. */
  readonly characters: number
  /** Texts that were cut, and the characters they lost. */
  readonly texts: number
  readonly lost: number
  /** Lists and records below the deepest level, left out. */
  readonly nests: number
}

export interface ShortenLimits {
  /** A text keeps so many characters; the beginning, and of what is longer the end too. */
  readonly textCharacters: number
  readonly levels: number
  /** What was shortened before, by the value it stands for. */
  readonly before?: ReadonlyMap<object, unknown>
}

export function shorten(value: unknown, limits: ShortenLimits): Shortened {
  const count = { characters: 0, texts: 0, lost: 0, nests: 0 }
  const inner = (held: unknown, level: number): unknown => {
    if (typeof held === 'string') return text(held)
    if (typeof held !== 'object' || held === null) return held
    const before = limits.before?.get(held)
    if (before !== undefined) return before
    if (level >= limits.levels) {
      count.nests += 1
      return '[nested too deep: left out]'
    }
    if (Array.isArray(held)) return held.map((one) => inner(one, level + 1))
    return Object.fromEntries(Object.entries(held).map(([name, one]) => [name, inner(one, level + 1)]))
  }
  const text = (held: string): string => {
    const short = cutText(held, limits.textCharacters)
    count.characters += short.length
    if (short === held) return held
    count.texts += 1
    count.lost += held.length - limits.textCharacters
    return short
  }
  return { value: inner(value, 0), ...count }
}

/** What went wrong stands as often at the end of a text as at its beginning. */
function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text
  const head = wholeCharacters(text.slice(0, Math.ceil(limit * 0.75)))
  const tail = text.slice(text.length - Math.floor(limit * 0.25)).replace(/^[\udc00-\udfff]/, '')
  return `${head}\n[… ${text.length - limit} characters were cut …]\n${tail}`
}

const wholeCharacters = (text: string) => text.replace(/[\ud800-\udbff]$/, '')
