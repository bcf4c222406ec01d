/** The analysis as JSON and YAML, with field names in snake case as the hypothesis packs have them. */

import { isRecord } from '../../base/text.ts'
import type { Analysis } from '../analysis.ts'
import { presentable } from './presentable.ts'

/** A plain record; what every report and every endpoint gives. */
export function analysisRecord(analysis: Analysis): Readonly<Record<string, unknown>> {
  const record = snaked(presentable(analysis))
  return isRecord(record) ? record : {}
}

export function snaked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snaked)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snaked(held),
    ]),
  )
}
