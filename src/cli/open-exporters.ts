/** The exporters the configuration or the environment asks for; LangSmith's SDK is loaded only where it is used. */

import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { post } from '../gateway/transport/post.ts'
import { createExporters, type Exporters } from '../record/exporters/exporters.ts'
import type { LangSmithRun } from '../record/exporters/run-to-langsmith.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface ExportersOptions {
  readonly config: () => Config
  readonly env: Environment
  readonly version: string
  readonly clock: Clock
  readonly onProblem: (line: string) => void
}

export interface LangSmithAccess {
  readonly apiKey: string
  readonly apiUrl: string | undefined
  readonly project: string
}

/** Undefined where traces are not to be sent there. */
export function langSmithAccess(
  { apiKey, endpoint, project }: Config['exporters']['langsmith'],
  env: Environment,
): LangSmithAccess | undefined {
  const isAsked = ['true', '1'].includes((env['LANGSMITH_TRACING'] ?? '').toLowerCase())
  const key = apiKey || (isAsked ? env['LANGSMITH_API_KEY'] : undefined)
  if (!key) return undefined
  return {
    apiKey: key,
    apiUrl: endpoint || env['LANGSMITH_ENDPOINT'] || undefined,
    project: project || env['LANGSMITH_PROJECT'] || 'default',
  }
}

export async function openExporters(options: ExportersOptions): Promise<Exporters | undefined> {
  const { config, env, version, clock, onProblem } = options
  const { otlp, langsmith } = config().exporters
  const access = langSmithAccess(langsmith, env)
  const client = access && (await openLangSmith(access))
  const exporters = createExporters({
    clock,
    onProblem,
    version,
    ...(otlp.endpoint === '' ? {} : { otlp: { ...otlp, post: (call) => post(call) } }),
    ...(client ? { langsmith: client.take } : {}),
  })
  return (
    exporters && {
      ...exporters,
      async close(withinMs) {
        await exporters.close(withinMs)
        await Promise.race([client?.flush(), clock.sleep(withinMs)])
      },
    }
  )
}

async function openLangSmith({ apiKey, apiUrl, project }: LangSmithAccess) {
  const { Client } = await import('langsmith')
  const client = new Client({ apiKey, ...(apiUrl === undefined ? {} : { apiUrl }) })
  return {
    take: (run: LangSmithRun) => client.createRun({ ...run, project_name: project }),
    flush: () => client.awaitPendingTraceBatches(),
  }
}
