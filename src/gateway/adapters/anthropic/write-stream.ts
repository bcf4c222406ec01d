/** Writes a streamed answer as Anthropic's events: one block open at a time, the stop reason with the usage at the end. */

import type { StreamWriter } from '../../../protocol/adapter.ts'
import type { StreamPart, Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { type CallPart, type CallQueue, openCallQueue } from './call-queue.ts'
import { type WrittenEnd, writeEnd } from './finish.ts'
import { writeRedacted, writeSignature } from './foreign-state.ts'
import { writeUsage } from './wire-usage.ts'
import { callState } from './write-reply.ts'

type Open = 'text' | 'thinking' | 'tool'

type Finish = Extract<StreamPart, { kind: 'finish' }>

interface State {
  index: number
  open: Open | undefined
  isStarted: boolean
  stop: WrittenEnd | undefined
  refusal: string
  usage: Usage | undefined
  toolCalls: number
  facts: Readonly<Record<string, unknown>> | undefined
  isSilent: boolean
  readonly calls: CallQueue
  /** The stop reason went out in the provider's own text. */
  isStopTold: boolean
}

/** Usage always goes out with the end: the dialect has no way to leave it away. */
export function openWriter(): StreamWriter {
  const state: State = {
    index: -1,
    open: undefined,
    isStarted: false,
    stop: undefined,
    refusal: '',
    usage: undefined,
    toolCalls: 0,
    facts: undefined,
    isSilent: false,
    calls: openCallQueue(),
    isStopTold: false,
  }
  return {
    write: (part) => writePart(state, part),
    follow(part) {
      state.isSilent = true
      writePart(state, part)
      state.isSilent = false
    },
  }
}

function event(state: State, type: string, body: Record<string, unknown>): string {
  if (state.isSilent) return ''
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`
}

function writePart(state: State, part: StreamPart): string {
  if ('choice' in part && part.choice > 0) return ''
  if (part.kind === 'tool_call' || part.kind === 'tool_arguments')
    return writeCalls(state, state.calls.push(part))
  return writeCalls(state, endsCalls(part) ? state.calls.flush() : []) + writeOther(state, part)
}

/** Usage and the like may stand between the pieces of a call. */
const endsCalls = (part: StreamPart) => 'choice' in part || part.kind === 'end'

function writeOther(state: State, part: Exclude<StreamPart, CallPart>): string {
  switch (part.kind) {
    case 'start':
      return start(state, part)
    case 'refusal':
      state.refusal += part.text
      return opened(state, 'text') + delta(state, { type: 'text_delta', text: part.text })
    case 'text':
      return opened(state, 'text') + delta(state, { type: 'text_delta', text: part.text })
    case 'reasoning':
      return opened(state, 'thinking') + delta(state, { type: 'thinking_delta', thinking: part.text })
    case 'reasoning_state':
      return writeState(state, part)
    case 'finish':
      state.isStopTold = state.isSilent
      state.stop = endOf(state, part)
      return closed(state)
    case 'usage':
      state.usage = part.usage
      return ''
    case 'adaptive':
      state.facts = part.facts
      return ''
    case 'end':
      return end(state)
    default:
      return ''
  }
}

/** A stream that goes on with another target starts only once. */
function start(state: State, part: Extract<StreamPart, { kind: 'start' }>): string {
  if (state.isStarted) return ''
  state.isStarted = true
  return event(state, 'message_start', {
    message: {
      id: part.id,
      type: 'message',
      role: 'assistant',
      model: part.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: writeUsage(undefined),
    },
  })
}

function delta(state: State, body: Record<string, unknown>): string {
  return event(state, 'content_block_delta', { index: state.index, delta: body })
}

function begin(state: State, open: Open | undefined, block: Record<string, unknown>): string {
  const before = closed(state)
  state.index += 1
  state.open = open
  return before + event(state, 'content_block_start', { index: state.index, content_block: block })
}

function opened(state: State, kind: 'text' | 'thinking'): string {
  if (state.open === kind) return ''
  const empty =
    kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' }
  return begin(state, kind, empty)
}

function closed(state: State): string {
  if (state.open === undefined) return ''
  state.open = undefined
  return event(state, 'content_block_stop', { index: state.index })
}

function writeState(state: State, part: Extract<StreamPart, { kind: 'reasoning_state' }>): string {
  if (part.redacted !== undefined) {
    const data = writeRedacted({ redacted: part.redacted, from: part.from })
    const block = begin(state, 'thinking', { type: 'redacted_thinking', data })
    return block + closed(state)
  }
  if (part.signature === undefined) return ''
  const { signature, from } = part
  return (
    opened(state, 'thinking') +
    delta(state, { type: 'signature_delta', signature: writeSignature({ signature, from }) }) +
    closed(state)
  )
}

const writeCalls = (state: State, parts: readonly CallPart[]) =>
  parts
    .map((part) => (part.kind === 'tool_call' ? writeCall(state, part) : writeArguments(state, part)))
    .join('')

const writeArguments = (state: State, { json }: Extract<CallPart, { kind: 'tool_arguments' }>) =>
  delta(state, { type: 'input_json_delta', partial_json: json })

function writeCall(state: State, part: Extract<StreamPart, { kind: 'tool_call' }>): string {
  state.toolCalls += 1
  const block = present({
    type: 'tool_use',
    id: part.id,
    name: part.name,
    input: {},
    adaptive_state: callState(part),
  })
  return begin(state, 'tool', block)
}

/** What was refused in words has been told as text. */
function endOf(
  { refusal }: State,
  { reason, stopSequence }: Pick<Finish, 'reason' | 'stopSequence'>,
): WrittenEnd {
  const isWorded = refusal !== ''
  return writeEnd({
    finish: isWorded && reason === 'content_filter' ? 'stop' : reason,
    ...(stopSequence === undefined ? {} : { stopSequence }),
    ...(isWorded ? { refusal } : {}),
  })
}

function end(state: State): string {
  if (state.isStopTold) return closed(state) + event(state, 'message_stop', {})
  const stop = state.stop ?? endOf(state, { reason: state.toolCalls > 0 ? 'tool_calls' : 'stop' })
  return (
    closed(state) +
    event(state, 'message_delta', {
      delta: stop,
      usage: writeUsage(state.usage),
      ...(state.facts ? { adaptive: state.facts } : {}),
    }) +
    event(state, 'message_stop', {})
  )
}
