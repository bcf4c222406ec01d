/** What can be read off a text without understanding it: figures, content words, shares of words in common. */

const figure = /(?<![\w.])\d[\d,.]*\d|\b\d{2,}\b/g

/** Numbers of at least two digits, ids among them; thousands separators are taken out. */
export function figuresIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(figure)].map(([found]) => plainFigure(found)))]
}

export const plainFigure = (text: string): string => text.replace(/,(?=\d{3})/g, '').replace(/[.,]+$/, '')

const stopWords: ReadonlySet<string> = new Set(
  (
    'a about after all also am an and any are as at be been but by can could did do does for from get had has have he her ' +
    'him his how i if in into is it its just last like me more most my need no not of on one only or our out over please ' +
    'say she should so some than that the their them then there these they this to up us want was we were what when where ' +
    'which who will with would you your agent user start explain'
  ).split(' '),
)

/** English words that carry meaning, in lower case and without their endings, each once and in order. */
export function contentWords(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[\p{L}][\p{L}\p{N}]{2,}/gu) ?? []
  return [...new Set(words.filter((word) => !stopWords.has(word)).map(stem))]
}

/** A word without the endings that English puts on it: good enough to find a word again, not to read it. */
export function stem(word: string): string {
  const base = word.replace(/(ations?|ations|ings?|ments?|ies|ers?|ed|es|s|e)$/, '')
  const short = base.length < 3 ? word : base
  return short.replace(/([b-df-hj-np-tv-z])\1$/, '$1')
}

const field = /^(\w{1,40}): (?=\S)/
/** Fields that hold what somebody said. */
const spokenField =
  /(?:^|_)(?:query|question|request|input|message|prompt|task|text|answer|response|output|content|result)$/i

/** The words in a payload that was written as `name: text` lines, where one of them is somebody's words. */
export function plainText(text: string): string {
  const lines = text.split('\n')
  if (!lines.every((line) => field.test(line))) return text
  const spoken = lines.find((line) => spokenField.test(field.exec(line)?.[1] ?? ''))
  const only = spoken ?? (lines.length === 1 ? lines[0] : undefined)
  return only === undefined ? text : only.replace(field, '')
}

/** Cuts at a word, with an ellipsis inside the limit. */
export function excerpt(text: string, characters = 160): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  if (flat.length <= characters) return flat
  const cut = flat.slice(0, characters - 1)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), characters / 2))}…`
}

/** In the middle of a long line a quote begins after a mark or a blank, so that it holds no half words. */
function clauseStart(text: string, at: number, within: number): number {
  const before = text.slice(at - within, at)
  const mark = /[.,;{}]\s*(?=\S)/.exec(before) ?? /\s+(?=\S)/.exec(before)
  return at - within + (mark ? mark.index + mark[0].length : 0)
}

/** The line of a text that a pattern stands in, as it stands there and at most so long: a quote. */
export function lineWith(text: string, pattern: RegExp | string, characters = 200): string {
  const at = typeof pattern === 'string' ? text.indexOf(pattern) : text.search(pattern)
  if (at < 0) return text.slice(0, characters)
  const line = text.lastIndexOf('\n', at) + 1
  const start = at - line <= characters / 2 ? line : clauseStart(text, at, characters / 2)
  const end = text.indexOf('\n', at)
  return text.slice(start, Math.min(end < 0 ? text.length : end, start + characters))
}
