/** An analysis as it is kept and sent: its JSON as bytes, which nobody needs to read again, beside what lists show of it. */

import type { Analysis } from '../analysis.ts'
import { analysisRecord } from './json.ts'

export interface WrittenAnalysis extends Pick<Analysis, 'method' | 'outcome' | 'summary'> {
  /** UTF-8, with the field names of every endpoint. */
  readonly json: Uint8Array
}

export function writeAnalysis(analysis: Analysis): WrittenAnalysis {
  const { method, outcome, summary } = analysis
  return { method, outcome, summary, json: Buffer.from(JSON.stringify(analysisRecord(analysis)), 'utf8') }
}
