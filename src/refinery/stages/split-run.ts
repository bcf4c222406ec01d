/** Cuts the text of a run that is too large for one call into parts that are not. */

import { textPieces } from '../../base/text.ts'
import type { Section } from './fenced-text.ts'
import type { RunText } from './run-text.ts'

export interface RunPart {
  readonly text: RunText
  readonly sections: readonly Section[]
  /** From 1. */
  readonly part: number
  readonly parts: number
  readonly tokens: number
}

export type CountTokens = (text: string) => Promise<number>

/** Tokens that the head and the fences of a run take beside its text. */
const around = 120
const aroundSection = 24

export async function splitRun(text: RunText, most: number, count: CountTokens): Promise<readonly RunPart[]> {
  const packed: { sections: Section[]; tokens: number }[] = []
  for (const section of text.sections) {
    for (const piece of await cutSection(section, most - around, count)) {
      const last = packed.at(-1)
      if (last && last.tokens + piece.tokens <= most) {
        last.sections.push(piece.section)
        last.tokens += piece.tokens
      } else packed.push({ sections: [piece.section], tokens: around + piece.tokens })
    }
  }
  const all = packed.length > 0 ? packed : [{ sections: [], tokens: around }]
  return all.map(({ sections, tokens }, at) => ({ text, sections, tokens, part: at + 1, parts: all.length }))
}

interface Cut {
  readonly section: Section
  readonly tokens: number
}

async function cutSection(section: Section, most: number, count: CountTokens): Promise<readonly Cut[]> {
  const tokens = (await count(section.text)) + aroundSection
  if (tokens <= most || section.text.length < 2) return [{ section, tokens }]
  const pieces = Math.ceil((tokens / most) * 1.1)
  const size = Math.max(1, Math.ceil(section.text.length / Math.max(2, pieces)))
  const cuts: Cut[] = []
  for (const text of textPieces(section.text, size))
    cuts.push(...(await cutSection({ ...section, text }, most, count)))
  return cuts
}
