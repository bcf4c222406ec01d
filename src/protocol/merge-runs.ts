/** Puts a run together from the messages that spoke of it. */

import type { Run, RunMessage, RunStatus, RunUpdate } from './run.ts'

const noMessages: Run['messages'] = { input: [], output: [] }

/** What the later message says stands above the earlier one; metadata and tags are joined. */
export function mergeRun(before: Run | undefined, update: RunUpdate): Run {
  const said = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined))
  const merged = { ...before, ...said } as Run
  const { error, endedAtMs } = merged
  return {
    ...merged,
    traceId: merged.traceId ?? update.id,
    name: merged.name ?? update.runType ?? 'run',
    runType: merged.runType ?? 'chain',
    status: update.status ?? statusOf(error, endedAtMs),
    messages: mergeMessages(before?.messages ?? noMessages, update.messages ?? noMessages),
    tags: [...new Set([...(before?.tags ?? []), ...(update.tags ?? [])])],
    metadata: { ...before?.metadata, ...update.metadata },
  }
}

function statusOf(error: string | undefined, endedAtMs: number | undefined): RunStatus {
  if (error !== undefined) return 'error'
  return endedAtMs === undefined ? 'pending' : 'success'
}

function mergeMessages(before: Run['messages'], after: Run['messages']): Run['messages'] {
  const later = (one: readonly RunMessage[], other: readonly RunMessage[]) => (other.length > 0 ? other : one)
  return { input: later(before.input, after.input), output: later(before.output, after.output) }
}

/** Every run once, in the order of its first message. A run without a trace takes its parent's, else begins one. */
export function mergeRuns(updates: readonly RunUpdate[]): readonly Run[] {
  const traces = new Map<string, string>()
  const runs = new Map<string, Run>()
  for (const update of updates) {
    const traceId =
      update.traceId ?? traces.get(update.id) ?? (update.parentId && traces.get(update.parentId)) ?? update.id
    if (!traces.has(update.id)) traces.set(update.id, traceId)
    const key = `${traceId}\n${update.id}`
    runs.set(key, mergeRun(runs.get(key), { ...update, traceId }))
  }
  return [...runs.values()]
}
