import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatRequest, ContentPart, Dialect, Message, ToolCall } from '../protocol/chat.ts'
import { unmetDemand } from './provider-demands.ts'

const user: Message = { role: 'user', content: [{ kind: 'text', text: 'Hi' }] }
const call: ToolCall = { id: 'c1', name: 'f', arguments: '{}' }
const turn = (calls: readonly ToolCall[], content: readonly ContentPart[] = []): Message => ({
  role: 'assistant',
  content,
  toolCalls: calls,
})
const answer = (toolCallId: string): Message => ({ role: 'tool', toolCallId, content: [] })
const thought = (from: Dialect): ContentPart => ({ kind: 'reasoning', text: 'hm', signature: 's', from })

function asked(dialect: Dialect, messages: readonly Message[], more: Partial<ChatRequest> = {}): ChatRequest {
  const fixed = { model: 'm', tools: [], stream: false, streamUsage: false, body: {}, unmapped: [] }
  return { ...fixed, dialect, messages, ...more }
}

const rows: readonly [name: string, request: ChatRequest, says: RegExp | undefined][] = [
  ['a plain request', asked('openai', [user]), undefined],
  ['a call and its answer', asked('openai', [user, turn([call]), answer('c1'), user]), undefined],
  ['a call without its answer', asked('openai', [user, turn([call]), user]), /no answer follows the call c1/],
  ['an answer without its call', asked('openai', [user, answer('c9')]), /no call c9/],
  ['an answer twice', asked('openai', [turn([call]), answer('c1'), answer('c1')]), /no call c1/],
  [
    'a field that is the gateway’s own',
    asked('openai', [user], { body: { messages: [{ adaptive_state: {} }] } }),
    /unknown field adaptive_state/,
  ],
  [
    'the same words as text',
    asked('openai', [user], { body: { messages: [{ content: '"adaptive_state":' }] } }),
    undefined,
  ],
  [
    'another provider’s thinking',
    asked('anthropic', [turn([], [thought('gemini')])]),
    /not of this provider/,
  ],
  [
    'another provider’s signature on a call',
    asked('gemini', [turn([{ ...call, signature: 's', from: 'anthropic' }]), answer('c1')]),
    /not of this provider/,
  ],
  [
    'a reasoning model and max_tokens',
    asked('openai', [user], { model: 'o3', body: { max_tokens: 5 } }),
    /max_completion_tokens/,
  ],
  ['another model and max_tokens', asked('openai', [user], { body: { max_tokens: 5 } }), undefined],
  [
    'an id with a dot at Anthropic',
    asked('anthropic', [turn([{ ...call, id: 'a.b' }]), answer('a.b')]),
    /the id a\.b/,
  ],
  ['an id with a dot elsewhere', asked('openai', [turn([{ ...call, id: 'a.b' }]), answer('a.b')]), undefined],
  [
    'a budget to think, and calls without thinking',
    asked('anthropic', [turn([call]), answer('c1')], { reasoningBudgetTokens: 1_024 }),
    /must begin with thinking/,
  ],
  [
    'a budget to think, and calls behind thinking',
    asked('anthropic', [turn([call], [thought('anthropic')]), answer('c1')], {
      reasoningBudgetTokens: 1_024,
    }),
    undefined,
  ],
  [
    'an unsigned call at Gemini 3',
    asked('gemini', [turn([call]), answer('c1')], { model: 'gemini-3-pro' }),
    /missing its thought_signature/,
  ],
  ['an unsigned call at an older one', asked('gemini', [turn([call]), answer('c1')]), undefined],
]
for (const [name, request, says] of rows)
  test(`provider demands: ${name}`, () => {
    const fault = unmetDemand(request)
    if (says === undefined) return assert.equal(fault, undefined)
    assert.equal(fault?.status, 400)
    assert.match(fault.message, says)
  })
