/** Writes acts as LangSmith's runs, with their messages in any of the shapes that SDKs write. */

import type { Act, ActCall, ActMessage, ActPayload } from './act.ts'
import { isMessages } from './act.ts'

export type MessageShape =
  | 'roles'
  | 'blocks'
  | 'langchain-python'
  | 'langchain-js'
  | 'types'
  | 'type-data'
  | 'json-text'
  | 'tuples'
  | 'prompt-texts'

export const messageShapes: readonly MessageShape[] = [
  'roles',
  'blocks',
  'langchain-python',
  'langchain-js',
  'types',
  'type-data',
  'json-text',
  'tuples',
  'prompt-texts',
]

/** Tuples and mere texts have no place for a tool call. */
export const holdsCalls = (shape: MessageShape): boolean => shape !== 'tuples' && shape !== 'prompt-texts'

type Wire = Readonly<Record<string, unknown>>

export interface TraceFrame {
  readonly traceId: string
  readonly project: string
  readonly startMs: number
}

export const runIdOf = (at: number): string => `run-${String(at + 1).padStart(3, '0')}`
const dottedAt = (at: number) => (at === 0 ? '1' : `1.${at}`)

/** The first act is the root; the others stand below it, in order. */
export function writeLangSmith(acts: readonly Act[], shape: MessageShape, frame: TraceFrame): Wire {
  let ms = frame.startMs
  const runs = acts.map((act, at) => {
    const start = at === 0 ? frame.startMs : ms
    if (at > 0) ms += act.lastsMs
    return {
      id: runIdOf(at),
      trace_id: frame.traceId,
      parent_run_id: at === 0 ? null : runIdOf(0),
      dotted_order: dottedAt(at),
      name: act.name,
      run_type: act.kind,
      start_time: new Date(start).toISOString(),
      end_time: new Date(start + act.lastsMs).toISOString(),
      error: act.error ?? null,
      inputs: input(act.input, shape),
      outputs: act.output === undefined ? null : output(act, shape),
      extra: { metadata: {}, invocation_params: act.tools ? { tools: act.tools } : {} },
    }
  })
  return { trace_id: frame.traceId, project_name: frame.project, runs }
}

function input(payload: ActPayload, shape: MessageShape): unknown {
  if (!isMessages(payload)) return payload
  switch (shape) {
    case 'prompt-texts':
      return { prompts: [payload.map((one) => `${speakers[one.role]}: ${spoken(one)}`).join('\n')] }
    case 'json-text':
      return { messages: JSON.stringify(payload.map((one) => message(one, 'roles'))) }
    case 'langchain-python':
      return { messages: [payload.map((one) => message(one, shape))] }
    default:
      return { messages: payload.map((one) => message(one, shape)) }
  }
}

/** Where there is no place for a call, it is told as text. */
const spoken = ({ text, calls = [] }: ActMessage) =>
  text === '' && calls.length > 0
    ? calls.map(({ name, args }) => `${name} ${JSON.stringify(args)}`).join('\n')
    : text

const speakers = { system: 'System', user: 'Human', assistant: 'AI', tool: 'Tool' } as const

function output({ output: payload, finish, tokens }: Act, shape: MessageShape): unknown {
  if (payload === undefined || !isMessages(payload)) return payload
  const usage = tokens === undefined ? {} : { usage: { prompt_tokens: tokens - 20, completion_tokens: 20 } }
  const more = finish === undefined ? usage : { ...usage, finish_reason: finish }
  const [said] = payload
  if (said && said.role === 'assistant' && (shape === 'langchain-python' || shape === 'langchain-js'))
    return {
      generations: [[{ text: said.text, type: 'ChatGeneration', message: message(said, shape) }]],
      ...more,
    }
  if (said && shape === 'prompt-texts' && said.role === 'assistant')
    return { generations: [[{ text: spoken(said), generation_info: {} }]], ...more }
  return { messages: payload.map((one) => message(one, shape === 'prompt-texts' ? 'roles' : shape)), ...more }
}

const types = { system: 'system', user: 'human', assistant: 'ai', tool: 'tool' } as const
const classes = { system: 'System', user: 'Human', assistant: 'AI', tool: 'Tool' } as const

function message(given: ActMessage, shape: MessageShape): unknown {
  const { role, text, calls = [], callId } = given
  const answers = callId === undefined ? {} : { tool_call_id: callId }
  const plainCalls = calls.length > 0 ? { tool_calls: calls } : {}
  switch (shape) {
    case 'tuples':
      return [types[role], spoken(given)]
    case 'types':
      return { type: types[role], content: text, ...plainCalls, ...answers }
    case 'type-data':
      return { type: types[role], data: { content: text, ...plainCalls, ...answers } }
    case 'langchain-python':
    case 'langchain-js':
      return {
        lc: 1,
        type: 'constructor',
        id:
          shape === 'langchain-python'
            ? ['langchain', 'schema', 'messages', `${classes[role]}Message`]
            : ['langchain_core', 'messages', `${classes[role]}Message`],
        kwargs: { content: text, type: types[role], ...plainCalls, ...answers },
      }
    case 'blocks':
      return { role, content: blocks(text, calls), ...answers }
    default:
      return {
        role,
        content: text,
        ...(calls.length > 0 ? { tool_calls: calls.map(openAiCall) } : {}),
        ...answers,
      }
  }
}

const openAiCall = ({ id, name, args }: ActCall) => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
})

const blocks = (text: string, calls: readonly ActCall[]) => [
  ...(text === '' && calls.length > 0 ? [] : [{ type: 'text', text }]),
  ...calls.map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args })),
]
