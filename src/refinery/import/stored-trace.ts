/** A trace from the gateway's own store of runs. */

import { isRecord, parseJson } from '../../base/text.ts'
import type { Run } from '../../protocol/run.ts'
import type { AnalysedTrace } from './read-trace.ts'

/** From what the run store tells of a trace. */
export function traceFromStore(json: string): AnalysedTrace | undefined {
  const told = parseJson(json)
  if (!isRecord(told) || !Array.isArray(told['runs'])) return undefined
  const runs = told['runs'] as readonly Run[]
  const texts = (name: string) => (Array.isArray(told[name]) ? told[name].map(String) : [])
  const project = runs[0]?.project
  return {
    id: runs[0]?.traceId ?? 'trace',
    format: runs[0]?.source ?? 'gateway',
    runs,
    orphans: texts('orphans'),
    cycles: texts('cycles'),
    ...(project ? { project } : {}),
  }
}
