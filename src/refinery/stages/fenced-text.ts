/** Text of others as sections behind a fence that it cannot hold: it is data, whatever it says. */

import { createHash } from 'node:crypto'

export interface Section {
  /** What the section is, such as `input user`. */
  readonly title: string
  readonly text: string
}

/** Twelve hex digits that follow from the text itself, so that the same text always has the same fence. */
export function fenceFor(texts: readonly string[]): string {
  const all = texts.join('\n')
  for (let salt = 0; ; salt += 1) {
    const fence = createHash('sha256').update(`${salt}\n${all}`).digest('hex').slice(0, 12)
    if (!all.includes(fence)) return fence
  }
}

export function fenced(fence: string, sections: readonly Section[]): string {
  return [
    ...sections.map(({ title, text }) => `=== ${fence} ${title} ===\n${text}`),
    `=== ${fence} end ===`,
  ].join('\n')
}

/** The sections of a text that `fenced` made. */
export function readFenced(text: string, fence: string): readonly Section[] {
  const sections: { title: string; lines: string[] }[] = []
  const mark = `=== ${fence} `
  for (const line of text.split('\n')) {
    if (line.startsWith(mark) && line.endsWith(' ==='))
      sections.push({ title: line.slice(mark.length, -' ==='.length), lines: [] })
    else sections.at(-1)?.lines.push(line)
  }
  return sections
    .filter(({ title }) => title !== 'end')
    .map(({ title, lines }) => ({ title, text: lines.join('\n') }))
}
