/** What real providers refuse about a conversation whose shape is right, so that a gateway in front is held to it. */

import type { ChatRequest, Dialect, Message } from '../protocol/chat.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'

type Assistant = Extract<Message, { role: 'assistant' }>
type Demand = (request: ChatRequest) => string | undefined

/** The first demand the request does not meet, as the provider's 400. */
export function unmetDemand(request: ChatRequest): Fault | undefined {
  for (const demand of [...general, ...ofDialect[request.dialect]]) {
    const unmet = demand(request)
    if (unmet !== undefined) return makeFault('invalid_request', `simulated: ${unmet}`)
  }
  return undefined
}

const strangeFields: Demand = ({ body }) => {
  const found = /"(adaptive_state|adaptive)":/.exec(JSON.stringify(body))
  return found ? `unknown field ${found[1]}` : undefined
}

const foreignState: Demand = ({ dialect, messages }) => {
  const states = assistants(messages).flatMap(({ content, toolCalls }) => [
    ...content.flatMap((part) => (part.kind === 'reasoning' ? [part] : [])),
    ...toolCalls,
  ])
  const foreign = states.find(({ from }) => from !== undefined && from !== dialect)
  return foreign ? 'a signature is not valid: it is not of this provider' : undefined
}

/** The answers stand directly behind the calls, one for each and no more. */
const answeredCalls: Demand = ({ messages }) => {
  let open = new Set<string>()
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.toolCallId)) return `no call ${message.toolCallId} stands before its answer`
      continue
    }
    if (open.size > 0) break
    if (message.role === 'assistant') open = new Set(message.toolCalls.map(({ id }) => id))
  }
  return open.size > 0 ? `no answer follows the call ${[...open].join(', ')}` : undefined
}

const general: readonly Demand[] = [strangeFields, foreignState, answeredCalls]

const namedLimit: Demand = ({ model, body }) =>
  /^(o\d|gpt-5)/.test(model) && body['max_tokens'] !== undefined
    ? 'max_tokens is not supported with this model: use max_completion_tokens'
    : undefined

const plainIds: Demand = ({ messages }) => {
  const ids = assistants(messages).flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id))
  const odd = ids.find((id) => !/^[a-zA-Z0-9_-]{1,64}$/.test(id))
  return odd === undefined ? undefined : `the id ${odd} of a tool_use does not match ^[a-zA-Z0-9_-]+$`
}

/** With a budget to think, a turn that called tools begins with its own thinking. */
const thinkingFirst: Demand = ({ reasoningBudgetTokens, messages }) => {
  if (reasoningBudgetTokens === undefined) return undefined
  const last = assistants(messages).at(-1)
  if (last === undefined || last.toolCalls.length === 0) return undefined
  const [first] = last.content
  return first?.kind === 'reasoning' && (first.signature ?? first.redacted) !== undefined
    ? undefined
    : 'a turn with tool_use must begin with thinking or redacted_thinking where thinking is enabled'
}

/** Gemini's newer models want the first call of each turn signed. */
const signedCalls: Demand = ({ model, messages }) => {
  if (!/^gemini-[3-9]/.test(model)) return undefined
  const unsigned = assistants(messages).find(
    ({ toolCalls: [first] }) => first !== undefined && first.signature === undefined,
  )
  return unsigned ? 'a function call is missing its thought_signature' : undefined
}

const ofDialect: Readonly<Record<Dialect, readonly Demand[]>> = {
  openai: [namedLimit],
  responses: [],
  anthropic: [plainIds, thinkingFirst],
  gemini: [signedCalls],
}

function assistants(messages: readonly Message[]): readonly Assistant[] {
  return messages.filter((message) => message.role === 'assistant')
}
