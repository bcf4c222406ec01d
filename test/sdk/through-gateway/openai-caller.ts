/** OpenAI's client, chat completions. */

import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { type Ask, type Caller, type Conversation, listeningFetch, type Mode, type Told } from './caller.ts'

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming
type Message = OpenAI.ChatCompletionMessageParam

export const openaiCaller: Caller = {
  name: 'openai client',
  dialect: 'openai',
  open(url, ask, { mode, signal }) {
    const ear = listeningFetch()
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, fetch: ear.fetch })
    const history: Message[] = ask.system === undefined ? [] : [{ role: 'system', content: ask.system }]
    const turn = async (...said: readonly Message[]): Promise<Told> => {
      const messages = [...history, ...said]
      const params = { messages, ...paramsOf(ask) }
      const { completion, thinking } = await complete(client, params, { mode, signal })
      const message = completion.choices[0]?.message
      assert.ok(message)
      history.push(...said, message)
      return tell(completion, thinking, ear.headers())
    }
    return conversation(turn)
  },
  read(error) {
    assert.ok(error instanceof OpenAI.APIError, String(error))
    const { status, message, headers } = error
    return { type: error.constructor.name, status, message, headers: headers ?? undefined }
  },
}

function conversation(turn: (...said: readonly Message[]) => Promise<Told>): Conversation {
  return {
    say: (text, images = []) =>
      turn({
        role: 'user',
        content:
          images.length === 0
            ? text
            : [
                ...images.map((url) => ({ type: 'image_url' as const, image_url: { url } })),
                { type: 'text', text },
              ],
      }),
    answer: (results) =>
      turn(
        ...Object.entries(results).map(
          ([id, content]): Message => ({ role: 'tool', tool_call_id: id, content }),
        ),
      ),
  }
}

function paramsOf(ask: Ask): Omit<Params, 'messages'> {
  const { toolChoice, schema } = ask
  return {
    model: ask.model,
    ...(ask.tools ? { tools: ask.tools.map((tool) => ({ type: 'function', function: { ...tool } })) } : {}),
    ...(toolChoice === undefined
      ? {}
      : {
          tool_choice:
            typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: { ...toolChoice } },
        }),
    ...(ask.singly ? { parallel_tool_calls: false } : {}),
    ...(schema
      ? {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'answer', strict: true, schema: { ...schema } },
          },
        }
      : {}),
    ...(ask.thinking ? { reasoning_effort: 'low' } : {}),
    ...(ask.maxTokens === undefined ? {} : { max_tokens: ask.maxTokens }),
    ...(ask.stop ? { stop: [...ask.stop] } : {}),
    ...ask.fields,
  }
}

async function complete(
  client: OpenAI,
  params: Params,
  { mode, signal }: { readonly mode: Mode; readonly signal: AbortSignal | undefined },
): Promise<{ readonly completion: OpenAI.ChatCompletion; readonly thinking: string }> {
  const options = signal ? { signal } : {}
  if (mode === 'whole') {
    const completion = await client.chat.completions.create(params, options)
    return { completion, thinking: thinkingOf(completion.choices[0]?.message) }
  }
  const wanted = { ...params, stream: true as const, stream_options: { include_usage: true } }
  const stream = client.chat.completions.stream(wanted, options)
  let thinking = ''
  // The helper keeps only the last piece of fields that it does not know.
  stream.on('chunk', ({ choices }) => {
    thinking += thinkingOf(choices[0]?.delta)
  })
  return { completion: await stream.finalChatCompletion(), thinking }
}

function thinkingOf(said: object | undefined): string {
  return said && 'reasoning_content' in said && typeof said.reasoning_content === 'string'
    ? said.reasoning_content
    : ''
}

const ends: Readonly<Record<string, Told['end']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tools',
  content_filter: 'refusal',
}

function tell(completion: OpenAI.ChatCompletion, thinking: string, headers: Headers): Told {
  const choice = completion.choices[0]
  assert.ok(choice)
  const { message, finish_reason } = choice
  const end = message.refusal ? 'refusal' : ends[finish_reason]
  assert.ok(end, finish_reason)
  const { usage } = completion
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens
  return {
    text: message.content ?? '',
    thinking,
    refusal: message.refusal ?? '',
    calls: (message.tool_calls ?? []).map((call) => {
      assert.ok(call.type === 'function')
      return { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) }
    }),
    end,
    model: completion.model,
    usage: {
      input: usage?.prompt_tokens ?? 0,
      output: usage?.completion_tokens ?? 0,
      ...(reasoning === undefined ? {} : { reasoning }),
    },
    headers,
  }
}
