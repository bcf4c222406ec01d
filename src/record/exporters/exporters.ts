/** Sends the traces of the gateway's own requests to other systems, off the request path; off where nothing is configured. */

import type { Clock } from '../../base/clock.ts'
import type { Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { parseJson } from '../../base/text.ts'
import type { Run } from '../../protocol/run.ts'
import { createExportQueue, type ExportCounts, type ExportQueue, type SendResult } from './export-queue.ts'
import { type LangSmithRun, runsToLangSmith } from './run-to-langsmith.ts'
import { runsToOtlp } from './run-to-otlp.ts'

/** Posts a body; the status, or why there was none. Never throws. */
export type Post = (call: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}) => Promise<Outcome<{ readonly status: number }, string>>

export interface ExporterOptions {
  readonly clock: Clock
  readonly onProblem: (line: string) => void
  readonly version: string
  readonly otlp?: {
    readonly endpoint: string
    readonly headers: Readonly<Record<string, string>>
    readonly post: Post
  }
  /** Takes one run; rejects where it was not taken. */
  readonly langsmith?: (run: LangSmithRun) => Promise<void>
}

export interface Exporters {
  /** JSON of the runs of one trace. */
  take(json: string): void
  counts(): ReadonlyMap<string, ExportCounts>
  close(withinMs: number): Promise<void>
}

/** Undefined where nothing is configured. */
export function createExporters(options: ExporterOptions): Exporters | undefined {
  const queues = new Map<string, ExportQueue<readonly Run[]>>()
  const { otlp, langsmith, clock, onProblem } = options
  if (otlp) {
    const send = (traces: readonly (readonly Run[])[]) =>
      sendOtlp(otlp, runsToOtlp(traces.flat(), service(options)))
    queues.set('otlp', createExportQueue({ name: 'the OTLP endpoint', clock, onProblem, send }))
  }
  if (langsmith) {
    const send = (traces: readonly (readonly Run[])[]) => sendLangSmith(langsmith, traces)
    queues.set('langsmith', createExportQueue({ name: 'LangSmith', clock, onProblem, send }))
  }
  if (queues.size === 0) return undefined
  return {
    take(json) {
      const runs = parseJson(json)
      if (!Array.isArray(runs)) return
      for (const queue of queues.values()) queue.push(runs as Run[])
    },
    counts: () => new Map([...queues].map(([name, queue]) => [name, queue.counts()])),
    async close(withinMs) {
      await Promise.all([...queues.values()].map((queue) => queue.close(withinMs)))
    },
  }
}

const service = ({ version }: ExporterOptions) => ({ name: 'adaptive-mind', version })

/** As the OTLP specification says: these may be sent again, others never. */
const mayComeAgain = new Set([429, 502, 503, 504])

async function sendOtlp(otlp: NonNullable<ExporterOptions['otlp']>, body: object): Promise<SendResult> {
  const { endpoint, headers, post } = otlp
  const answer = await post({
    url: endpoint,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) return { kind: 'again', reason: answer.fault }
  const { status } = answer.value
  if (status >= 200 && status < 300) return { kind: 'taken' }
  return { kind: mayComeAgain.has(status) ? 'again' : 'refused', reason: `status ${status}` }
}

/** The SDK gathers, packs and repeats by itself. */
async function sendLangSmith(
  take: NonNullable<ExporterOptions['langsmith']>,
  traces: readonly (readonly Run[])[],
): Promise<SendResult> {
  try {
    for (const trace of traces) for (const run of runsToLangSmith(trace)) await take(run)
    return { kind: 'taken' }
  } catch (error) {
    return { kind: 'refused', reason: reasonOf(error) }
  }
}
