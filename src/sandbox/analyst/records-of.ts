/** Reads the lists that later stages are given. */

import { isRecord, parseJson } from '../../base/text.ts'
import type { Section } from '../../refinery/stages/fenced-text.ts'

/** The records of a section, one JSON text on each line. */
export function recordsOf(sections: readonly Section[], title: string): readonly Record<string, unknown>[] {
  return textOfSection(sections, title)
    .split('\n')
    .map(parseJson)
    .filter((record) => isRecord(record))
}

export const textOfSection = (sections: readonly Section[], title: string): string =>
  sections.find((section) => section.title === title)?.text ?? ''
