/** Writes a streamed answer as the events of Responses, numbered in their order. */

import type { Answered, StreamWriter } from '../../../protocol/adapter.ts'
import type { Fault } from '../../../protocol/fault.ts'
import type { FinishReason, StreamPart, Usage } from '../../../protocol/reply.ts'
import { type Output, openOutput } from './output.ts'
import { type Head, idBase, isIncomplete, type Progress, responseObject } from './response-object.ts'
import { errorOf, failureOf } from './write-fault.ts'

interface State {
  readonly answered: Answered
  head: Head | undefined
  output: Output | undefined
  /** Events since the last part, as text. */
  text: string
  sequence: number
  reason: FinishReason | undefined
  usage: Usage | undefined
  facts: Readonly<Record<string, unknown>> | undefined
}

/** Usage is always in the last event: the dialect has no way to leave it away. */
export function openWriter(answered: Answered = {}): StreamWriter {
  const state: State = {
    answered,
    head: undefined,
    output: undefined,
    text: '',
    sequence: 0,
    reason: undefined,
    usage: undefined,
    facts: undefined,
  }
  const write = (part: StreamPart): string => {
    note(state, part)
    return taken(state)
  }
  return {
    write,
    follow: (part) => void write(part),
    fault(fault) {
      breakOff(state, fault)
      return taken(state)
    },
  }
}

function taken(state: State): string {
  const { text } = state
  state.text = ''
  return text
}

function tell(state: State, type: string, body: Readonly<Record<string, unknown>>): void {
  const data = JSON.stringify({ type, sequence_number: state.sequence, ...body })
  state.sequence += 1
  state.text += `event: ${type}\ndata: ${data}\n\n`
}

function note(state: State, part: StreamPart): void {
  const { kind } = part
  if (kind === 'start') start(state, part)
  else if (kind === 'usage') state.usage = part.usage
  else if (kind === 'adaptive') state.facts = part.facts
  else if (kind === 'end') end(state)
  else if (kind !== 'finish') outputOf(state).push(part)
  else if (part.choice === 0) state.reason = part.reason
}

/** A stream that goes on with another target starts only once. */
function start(
  state: State,
  { id, model, createdAtS }: Omit<Extract<StreamPart, { kind: 'start' }>, 'kind'>,
) {
  if (state.head) {
    state.head.model = model
    return
  }
  const { answered } = state
  const base = idBase(id, answered)
  const head = { id: `resp_${base}`, model, answered, createdAtS: createdAtS ?? answered.nowS ?? 0 }
  state.head = head
  state.output = openOutput(base, (type, body) => tell(state, type, body))
  const response = responseObject(head, { status: 'in_progress', output: [] })
  tell(state, 'response.created', { response })
  tell(state, 'response.in_progress', { response })
}

function outputOf(state: State): Output {
  if (state.output === undefined) start(state, { id: '', model: state.answered.request?.model ?? '' })
  return state.output ?? openOutput('', () => {})
}

function conclude(state: State, type: string, progress: Omit<Progress, 'output'>): void {
  const output = outputOf(state).items()
  const { head, usage, facts } = state
  if (head) tell(state, type, { response: responseObject(head, { usage, facts, ...progress, output }) })
}

function end(state: State): void {
  const { reason } = state
  const status = isIncomplete(reason) ? 'incomplete' : 'completed'
  outputOf(state).close(status)
  conclude(state, `response.${status}`, { status, ...(reason ? { reason } : {}) })
}

/** The error first, then the response as far as it came: the order of the API itself. */
function breakOff(state: State, fault: Fault): void {
  outputOf(state).close('incomplete')
  tell(state, 'error', errorOf(fault))
  conclude(state, 'response.failed', { status: 'failed', error: failureOf(fault) })
}
