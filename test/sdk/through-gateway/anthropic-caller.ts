/** Anthropic's client, Messages. */

import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import { type Ask, type Caller, type Conversation, listeningFetch, type Mode, type Told } from './caller.ts'

type Params = Anthropic.MessageCreateParamsNonStreaming
type Message = Anthropic.MessageParam

export const anthropicCaller: Caller = {
  name: 'anthropic client',
  dialect: 'anthropic',
  open(url, ask, { mode, signal }) {
    const ear = listeningFetch()
    const client = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0, fetch: ear.fetch })
    const history: Message[] = []
    return conversation(async (said) => {
      const params = { messages: [...history, said], ...paramsOf(ask) }
      const message = await complete(client, params, { mode, signal })
      history.push(said, { role: 'assistant', content: message.content })
      return tell(message, ear.headers())
    })
  },
  read(error) {
    assert.ok(error instanceof Anthropic.APIError, String(error))
    const { status, message, headers } = error
    return { type: error.constructor.name, status, message, headers: headers ?? undefined }
  },
}

function conversation(turn: (said: Message) => Promise<Told>): Conversation {
  return {
    say: (text, images = []) =>
      turn({
        role: 'user',
        content: images.length === 0 ? text : [...images.map(imageBlock), { type: 'text', text }],
      }),
    answer: (results) =>
      turn({
        role: 'user',
        content: Object.entries(results).map(([id, content]) => ({
          type: 'tool_result',
          tool_use_id: id,
          content,
        })),
      }),
  }
}

function imageBlock(url: string): Anthropic.ImageBlockParam {
  const data = /^data:image\/png;base64,(.*)$/.exec(url)?.[1]
  return {
    type: 'image',
    source: data === undefined ? { type: 'url', url } : { type: 'base64', media_type: 'image/png', data },
  }
}

function paramsOf(ask: Ask): Omit<Params, 'messages'> {
  const { toolChoice, schema, singly } = ask
  const single = singly ? { disable_parallel_tool_use: true } : {}
  return {
    model: ask.model,
    max_tokens: ask.maxTokens ?? 4_096,
    ...(ask.system === undefined ? {} : { system: ask.system }),
    ...(ask.tools ? { tools: ask.tools.map(toolOf) } : {}),
    ...(toolChoice === undefined && !singly ? {} : { tool_choice: choiceOf(toolChoice, single) }),
    ...(schema ? { output_config: { format: { type: 'json_schema', schema: { ...schema } } } } : {}),
    ...(ask.thinking ? { thinking: { type: 'enabled', budget_tokens: 1_024 } } : {}),
    ...(ask.stop ? { stop_sequences: [...ask.stop] } : {}),
    ...ask.fields,
  }
}

const toolOf = ({ name, parameters }: NonNullable<Ask['tools']>[number]): Anthropic.Tool => ({
  name,
  input_schema: { ...parameters, type: 'object' },
})

function choiceOf(
  choice: Ask['toolChoice'],
  single: { readonly disable_parallel_tool_use?: boolean },
): Anthropic.ToolChoice {
  if (choice === 'none') return { type: 'none' }
  if (choice === 'required') return { type: 'any', ...single }
  return choice === undefined ? { type: 'auto', ...single } : { type: 'tool', ...choice, ...single }
}

function complete(
  client: Anthropic,
  params: Params,
  { mode, signal }: { readonly mode: Mode; readonly signal: AbortSignal | undefined },
): Promise<Anthropic.Message> {
  const options = signal ? { signal } : {}
  return mode === 'whole'
    ? client.messages.create(params, options)
    : client.messages.stream(params, options).finalMessage()
}

const ends: Readonly<Record<string, Told['end']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tools',
  refusal: 'refusal',
}

function tell(message: Anthropic.Message, headers: Headers): Told {
  const end = ends[message.stop_reason ?? '']
  assert.ok(end, String(message.stop_reason))
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
  const reasoning = message.usage.output_tokens_details?.thinking_tokens
  return {
    text: end === 'refusal' ? '' : text,
    thinking: message.content
      .flatMap((block) => (block.type === 'thinking' ? [block.thinking] : []))
      .join(''),
    refusal: end === 'refusal' ? text : '',
    calls: message.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    end,
    model: message.model,
    usage: {
      input: message.usage.input_tokens,
      output: message.usage.output_tokens,
      ...(reasoning === undefined ? {} : { reasoning }),
    },
    headers,
  }
}
