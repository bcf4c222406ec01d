/** Text of a trace as text in Markdown: it makes no links, no pictures, no markup and no headings of its own. */

const address = /\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.|(?:javascript|data|mailto|vbscript|file):)[^\s`]+/gi
/** An underscore inside a word marks nothing. */
const marks = /[\\`*[\]<|~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^[#>+-]|^\d+(?=\.)|&(?=#?\w+;)/gu

/** In a line or a cell of a table; addresses stand as code, so that nobody is led there by a click. */
export function textLine(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  const parts: string[] = []
  let from = 0
  for (const found of flat.matchAll(address)) {
    parts.push(escaped(flat.slice(from, found.index)), `\`${found[0].replaceAll('|', '\\|')}\``)
    from = found.index + found[0].length
  }
  return [...parts, escaped(flat.slice(from))].join('')
}

const escaped = (text: string) =>
  text.replace(marks, (mark) => (/^\d/.test(mark) ? `${mark}\\` : `\\${mark}`))

/** A quotation: a fenced block that the text cannot end. */
export function textBlock(text: string): string {
  const shown = text.trim()
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${shown}\n${fence}`
}
