/** Runs back from the text that was made of them: for whoever answers the stages without a language model. */

import { isRecord, parseJson } from '../../base/text.ts'
import type { Run, RunMessage, RunRole, RunToolCall } from '../../protocol/run.ts'
import { asText } from '../../record/import/loose.ts'
import type { Section } from './fenced-text.ts'

/** Sections that belong to no run are passed over. */
export function readRunTexts(sections: readonly Section[]): readonly Run[] {
  const runs: { head: Record<string, unknown>; sections: Section[] }[] = []
  for (const section of sections) {
    const head = section.title.startsWith('run ') ? parseJson(section.text) : undefined
    const last = runs.at(-1)
    if (isRecord(head)) {
      if (last?.head['run_id'] !== head['run_id']) runs.push({ head, sections: [] })
    } else last?.sections.push(section)
  }
  return runs.map(({ head, sections: own }) => toRun(head, own))
}

const roles: ReadonlySet<string> = new Set<RunRole>(['system', 'user', 'assistant', 'tool'])

function toRun(head: Record<string, unknown>, sections: readonly Section[]): Run {
  const text = (title: string) => sections.find((section) => section.title === title)?.text
  const inputs = text('inputs')
  const outputs = text('outputs')
  const error = text('error')
  const parentId = asText(head['parent'])
  return {
    id: String(head['run_id']),
    traceId: 'trace',
    dottedOrder: String(head['place']),
    name: String(head['name']),
    runType: String(head['run_type']),
    status: head['status'] === 'error' ? 'error' : 'success',
    source: 'langsmith',
    messages: { input: messagesOf(sections, 'input'), output: messagesOf(sections, 'output') },
    tags: [],
    metadata: {},
    ...(parentId ? { parentId } : {}),
    ...(inputs === undefined ? {} : { inputs: parseJson(inputs) ?? inputs }),
    ...(outputs === undefined ? {} : { outputs: parseJson(outputs) ?? outputs }),
    ...(error === undefined ? {} : { error }),
  }
}

function messagesOf(sections: readonly Section[], side: 'input' | 'output'): readonly RunMessage[] {
  const messages: RunMessage[] = []
  for (const { title, text } of sections) {
    const [of, role = ''] = title.split(' ')
    if (of !== side) continue
    if (roles.has(role)) messages.push({ role: role as RunRole, text })
    const call = role === 'call' ? readCall(text) : undefined
    if (!call) continue
    const last = messages.at(-1)
    if (last?.role === 'assistant')
      messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] }
    else messages.push({ role: 'assistant', text: '', toolCalls: [call] })
  }
  return messages
}

function readCall(text: string): RunToolCall | undefined {
  const call = parseJson(text)
  if (!isRecord(call)) return undefined
  const id = asText(call['id'])
  return {
    name: String(call['name']),
    arguments: String(call['arguments'] ?? '{}'),
    ...(id ? { id } : {}),
  }
}
