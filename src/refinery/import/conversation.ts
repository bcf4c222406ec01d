/** A plain conversation as runs: one for each message, for an agent's turn is its step. */

import type { Run, RunMessage, RunRole } from '../../protocol/run.ts'
import { asList, asLoose, asText, type Loose } from '../../record/import/loose.ts'
import { readMessages } from '../../record/import/read-messages.ts'

const runTypes: Readonly<Record<RunRole, string>> = {
  system: 'prompt',
  user: 'prompt',
  assistant: 'llm',
  tool: 'tool',
}

/** `[{role, content}]`, or a record with such a list under `messages`, `history` or `conversation`. */
export function conversationRuns(value: unknown): readonly Run[] | undefined {
  const given = asLoose(value)
  const list =
    asList(value) ??
    asList(given?.['messages']) ??
    asList(given?.['history']) ??
    asList(given?.['conversation'])
  const turns = list?.map(asLoose)
  if (!turns || turns.length === 0) return undefined
  if (!turns.every((turn) => turn !== undefined && asText(turn['role']) !== undefined)) return undefined
  const system = asText(given?.['system'])
  const all = system === undefined ? turns : [{ role: 'system', content: system }, ...turns]
  return all.map((turn, at) => toRun(turn ?? {}, at))
}

/** Whose role is no known word is an agent by that name. */
function toRun(turn: Loose, at: number): Run {
  const output: readonly RunMessage[] = readMessages([turn], 'assistant')
  const said = output.length > 0 ? output : readMessages([{ ...turn, role: 'assistant' }], 'assistant')
  const role = said.at(-1)?.role ?? 'assistant'
  return {
    id: `message-${at}`,
    traceId: 'conversation',
    dottedOrder: String(at),
    name: asText(turn['name']) ?? asText(turn['role']) ?? role,
    runType: runTypes[role],
    status: 'success',
    source: 'langsmith',
    messages: { input: [], output: said },
    tags: [],
    metadata: {},
  }
}
