import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRecord, parseJson } from '../../../base/text.ts'
import { makeFault } from '../../../protocol/fault.ts'
import type { Reply, StreamPart } from '../../../protocol/reply.ts'
import { responsesInbound } from './adapter.ts'
import { unpackState } from './opaque-state.ts'

type Event = Record<string, unknown>

const eventsOf = (text: string): Event[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => parseJson(line.slice(6)))
    .filter(isRecord)

function write(parts: readonly StreamPart[], fault?: string): Event[] {
  const writer = responsesInbound.openWriter({ usage: true, requestId: 'req_abc', nowS: 7 })
  let text = parts.map((part) => writer.write(part)).join('')
  if (fault !== undefined) text += writer.fault?.(makeFault('upstream_cut', fault)) ?? ''
  const names = text.match(/^event: .*$/gm)?.map((line) => line.slice(7))
  const events = eventsOf(text)
  assert.deepEqual(
    events.map(({ type }) => type),
    names,
  )
  assert.deepEqual(
    events.map(({ sequence_number }) => sequence_number),
    events.map((_, at) => at),
  )
  return events
}

/** `type@output_index`, without the prefix. */
const short = ({ type, output_index }: Event) =>
  `${String(type).replace('response.', '')}${output_index === undefined ? '' : `@${output_index}`}`

const start: StreamPart = { kind: 'start', id: 'x', model: 'm' }
const say = (text: string): StreamPart => ({ kind: 'text', choice: 0, text })
const call = (index: number, id: string): StreamPart => ({
  kind: 'tool_call',
  choice: 0,
  call: index,
  id,
  name: `f${index}`,
})
const json = (index: number, text: string): StreamPart => ({
  kind: 'tool_arguments',
  choice: 0,
  call: index,
  json: text,
})
const finish = (reason: 'stop' | 'length' | 'tool_calls' = 'stop'): StreamPart => ({
  kind: 'finish',
  choice: 0,
  reason,
})
const end: StreamPart = { kind: 'end' }
const head = ['created', 'in_progress']
const message = (at: number) => [
  `output_item.added@${at}`,
  `content_part.added@${at}`,
  `output_text.delta@${at}`,
  `output_text.done@${at}`,
  `content_part.done@${at}`,
  `output_item.done@${at}`,
]
const thought = (at: number) => [
  `output_item.added@${at}`,
  `reasoning_summary_part.added@${at}`,
  `reasoning_summary_text.delta@${at}`,
  `reasoning_summary_text.done@${at}`,
  `reasoning_summary_part.done@${at}`,
  `output_item.done@${at}`,
]
const toolCall = (at: number) => [
  `output_item.added@${at}`,
  `function_call_arguments.delta@${at}`,
  `function_call_arguments.done@${at}`,
  `output_item.done@${at}`,
]

const rows: readonly [name: string, parts: readonly StreamPart[], events: readonly string[]][] = [
  ['text', [start, say('Hi'), finish(), end], [...head, ...message(0), 'completed']],
  [
    'text that was cut by the limit',
    [start, say('Hi'), finish('length'), end],
    [...head, ...message(0), 'incomplete'],
  ],
  [
    'a refusal behind a text is a second part of the message',
    [start, say('Hi'), { kind: 'refusal', choice: 0, text: 'No' }, finish(), end],
    [
      ...head,
      ...message(0).slice(0, 5),
      'content_part.added@0',
      'refusal.delta@0',
      'refusal.done@0',
      'content_part.done@0',
      'output_item.done@0',
      'completed',
    ],
  ],
  [
    'thinking, then text',
    [
      start,
      { kind: 'reasoning', choice: 0, text: 'Hm' },
      { kind: 'reasoning_state', choice: 0, signature: 's', from: 'anthropic' },
      say('Hi'),
      finish(),
      end,
    ],
    [...head, ...thought(0), ...message(1), 'completed'],
  ],
  [
    'thinking that cannot be read is an item without a summary',
    [
      start,
      { kind: 'reasoning_state', choice: 0, redacted: 'r', from: 'anthropic' },
      say('Hi'),
      finish(),
      end,
    ],
    [...head, 'output_item.added@0', 'output_item.done@0', ...message(1), 'completed'],
  ],
  [
    'two calls, one after the other',
    [start, say('Hi'), call(0, 'a'), json(0, '{}'), call(1, 'b'), json(1, '{}'), finish('tool_calls'), end],
    [...head, ...message(0), ...toolCall(1), ...toolCall(2), 'completed'],
  ],
  [
    'two calls at once: neither ends before it is whole',
    [
      start,
      call(0, 'a'),
      call(1, 'b'),
      json(0, '{"x"'),
      json(1, '{}'),
      json(0, ':1}'),
      finish('tool_calls'),
      end,
    ],
    [
      ...head,
      'output_item.added@0',
      'output_item.added@1',
      'function_call_arguments.delta@0',
      'function_call_arguments.delta@1',
      'function_call_arguments.delta@0',
      'function_call_arguments.done@0',
      'output_item.done@0',
      'function_call_arguments.done@1',
      'output_item.done@1',
      'completed',
    ],
  ],
  [
    'a stream that another target finishes starts once',
    [start, say('Hi'), { ...start, model: 'other' }, say(' there'), finish(), end],
    [...head, ...message(0).slice(0, 3), ...message(0).slice(2), 'completed'],
  ],
  [
    'a second choice is not told',
    [start, say('Hi'), { kind: 'text', choice: 1, text: 'Ho' }, finish(), end],
    [...head, ...message(0), 'completed'],
  ],
]
for (const [name, parts, events] of rows) {
  test(`responses events: ${name}`, () => assert.deepEqual(write(parts).map(short), events))
}

const responseOf = (event: Event | undefined): Event =>
  isRecord(event?.['response']) ? event['response'] : {}
const itemsOf = (response: Event): Event[] => (Array.isArray(response['output']) ? response['output'] : [])

test('responses events: the last one holds the whole response, one id throughout', () => {
  const usage = { input: 5, output: 3, cachedInput: 2, reasoning: 1 }
  const events = write([start, say('Hi'), say(' there'), finish(), { kind: 'usage', usage }, end])
  const last = responseOf(events.at(-1))
  assert.deepEqual(
    [last['id'], last['created_at'], last['model'], last['status']],
    ['resp_abc', 7, 'm', 'completed'],
  )
  assert.equal(responseOf(events[0])['id'], last['id'])
  assert.deepEqual(itemsOf(last)[0]?.['content'], [
    { type: 'output_text', annotations: [], logprobs: [], text: 'Hi there' },
  ])
  assert.deepEqual(last['usage'], {
    input_tokens: 5,
    input_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
    output_tokens: 3,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 8,
  })
})

test('responses events: a cut answer is incomplete, and so is its item', () => {
  const last = responseOf(write([start, call(0, 'a'), json(0, '{"x'), finish('length'), end]).at(-1))
  assert.deepEqual(last['incomplete_details'], { reason: 'max_output_tokens' })
  assert.deepEqual([itemsOf(last)[0]?.['status'], itemsOf(last)[0]?.['arguments']], ['incomplete', '{"x'])
})

test('responses events: a broken stream tells the error, then the response as far as it came, and no success', () => {
  const events = write([start, say('Hi')], 'it broke')
  assert.deepEqual(events.map(short).slice(-2), ['error', 'failed'])
  const [error, failed] = events.slice(-2)
  assert.deepEqual([error?.['code'], error?.['message']], ['upstream_cut', 'it broke'])
  assert.ok(isRecord(error?.['error']) && error['error']['message'] === 'it broke')
  const response = responseOf(failed)
  assert.deepEqual(
    [response['status'], response['error']],
    ['failed', { code: 'upstream_cut', message: 'it broke' }],
  )
  assert.equal(itemsOf(response)[0]?.['status'], 'incomplete')
})

test('responses events: a stream that breaks before its start has a response all the same', () => {
  assert.deepEqual(write([], 'it broke').map(short), [...head, 'error', 'failed'])
})

test('responses events: how a stream was finished stands in the last response', () => {
  const facts = { outcome: 'recovered_success' }
  const last = responseOf(write([start, say('Hi'), { kind: 'adaptive', facts }, finish(), end]).at(-1))
  assert.deepEqual(last['adaptive'], facts)
})

const reply: Reply = {
  id: 'r',
  model: 'm',
  choices: [
    {
      index: 0,
      content: [
        { kind: 'reasoning', text: 'Hm', signature: 'sig', from: 'anthropic' },
        { kind: 'reasoning', text: '', redacted: 'red', from: 'anthropic' },
        { kind: 'text', text: 'Hi' },
      ],
      toolCalls: [{ id: 'c1', name: 'f', arguments: '{"a":1}', signature: 'tsig', from: 'gemini' }],
      finish: 'tool_calls',
    },
  ],
  unsupported: [],
}

test('responses: state of every provider goes out as encrypted content and comes back as it was', () => {
  const items = itemsOf(responsesInbound.writeReply(reply))
  assert.deepEqual(
    items.map(({ type }) => type),
    ['reasoning', 'reasoning', 'message', 'reasoning', 'function_call'],
  )
  assert.deepEqual(unpackState(String(items[3]?.['encrypted_content'])), {
    calls: [{ id: 'c1', signature: 'tsig', from: 'gemini' }],
  })
  const read = responsesInbound.readRequest({ model: 'm', input: items })
  assert.ok(read.ok)
  const [turn] = read.value.messages
  assert.ok(turn?.role === 'assistant')
  assert.deepEqual([turn.content, turn.toolCalls], [reply.choices[0]?.content, reply.choices[0]?.toolCalls])
  assert.deepEqual(read.value.unmapped, [])
})

test('responses: a whole answer says the request back', () => {
  const body = {
    model: 'chat',
    input: 'Hi',
    instructions: 'Be brief',
    metadata: { a: 'b' },
    tools: [{ type: 'function', name: 'f', parameters: {}, strict: true }],
    tool_choice: 'required',
    temperature: 0.2,
    text: { format: { type: 'json_object' } },
    reasoning: { effort: 'low' },
  }
  const read = responsesInbound.readRequest(body)
  assert.ok(read.ok)
  const written = responsesInbound.writeReply(reply, { request: read.value, requestId: 'req_9', nowS: 3 })
  const { instructions, metadata, tools, tool_choice, temperature, text } = written
  assert.deepEqual(
    { instructions, metadata, tools, tool_choice, temperature, text },
    {
      instructions: body.instructions,
      metadata: body.metadata,
      tools: body.tools,
      tool_choice: body.tool_choice,
      temperature: body.temperature,
      text: body.text,
    },
  )
  assert.deepEqual(written['reasoning'], { effort: 'low', summary: null })
  assert.deepEqual([written['id'], written['created_at'], written['store']], ['resp_9', 3, false])
})

test('responses: ids of strange providers become ids that are allowed', () => {
  const written = responsesInbound.writeReply({ ...reply, id: `chatcmpl-${'a/b?'.repeat(30)}` })
  assert.match(String(written['id']), /^resp_[a-zA-Z0-9]{40}$/)
})
