/** OpenAI's client, responses. */

import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems'
import { type Ask, type Caller, type Conversation, listeningFetch, type Mode, type Told } from './caller.ts'
import { openaiCaller } from './openai-caller.ts'

type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming
type Item = OpenAI.Responses.ResponseInputItem
type Answer = OpenAI.Responses.Response

export const responsesCaller: Caller = {
  name: 'responses client',
  dialect: 'responses',
  cannot: ['stop'],
  open(url, ask, { mode, signal }) {
    const ear = listeningFetch()
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, fetch: ear.fetch })
    const history: Item[] = []
    return conversation(async (...said) => {
      const params = { input: [...history, ...said], ...paramsOf(ask) }
      const answer = await complete(client, params, { mode, signal })
      history.push(...said, ...toResponseInputItems(answer.output))
      return tell(answer, ear.headers())
    })
  },
  read: openaiCaller.read,
}

function conversation(turn: (...said: readonly Item[]) => Promise<Told>): Conversation {
  return {
    say: (text, images = []) =>
      turn({
        role: 'user',
        content: [
          ...images.map((url) => ({ type: 'input_image' as const, image_url: url, detail: 'auto' as const })),
          { type: 'input_text', text },
        ],
      }),
    answer: (results) =>
      turn(
        ...Object.entries(results).map(
          ([id, output]): Item => ({ type: 'function_call_output', call_id: id, output }),
        ),
      ),
  }
}

function paramsOf(ask: Ask): Omit<Params, 'input'> {
  const { toolChoice, schema } = ask
  return {
    model: ask.model,
    store: false,
    ...(ask.system === undefined ? {} : { instructions: ask.system }),
    ...(ask.tools ? { tools: ask.tools.map(toolOf) } : {}),
    ...(toolChoice === undefined
      ? {}
      : { tool_choice: typeof toolChoice === 'string' ? toolChoice : { type: 'function', ...toolChoice } }),
    ...(ask.singly ? { parallel_tool_calls: false } : {}),
    ...(schema
      ? { text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: { ...schema } } } }
      : {}),
    ...(ask.thinking
      ? { reasoning: { effort: 'low', summary: 'auto' }, include: ['reasoning.encrypted_content'] }
      : {}),
    ...(ask.maxTokens === undefined ? {} : { max_output_tokens: ask.maxTokens }),
    ...ask.fields,
  }
}

const toolOf = ({ name, parameters }: NonNullable<Ask['tools']>[number]): OpenAI.Responses.FunctionTool => ({
  type: 'function',
  name,
  parameters: { ...parameters },
  strict: false,
})

async function complete(
  client: OpenAI,
  params: Params,
  { mode, signal }: { readonly mode: Mode; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  const options = signal ? { signal } : {}
  if (mode === 'whole') return client.responses.create(params, options)
  return client.responses.stream({ ...params, stream: true }, options).finalResponse()
}

function tell(answer: Answer, headers: Headers): Told {
  const { output, usage } = answer
  const calls = output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) }]
      : [],
  )
  const refusal = output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .flatMap((part) => (part.type === 'refusal' ? [part.refusal] : []))
    .join('')
  return {
    text: answer.output_text,
    thinking: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
      .map(({ text }) => text)
      .join(''),
    refusal,
    calls,
    end: endOf(answer, calls.length > 0, refusal !== ''),
    model: answer.model,
    usage: {
      input: usage?.input_tokens ?? 0,
      output: usage?.output_tokens ?? 0,
      ...(usage ? { reasoning: usage.output_tokens_details.reasoning_tokens } : {}),
    },
    headers,
  }
}

function endOf({ status, incomplete_details }: Answer, calls: boolean, refused: boolean): Told['end'] {
  if (refused || incomplete_details?.reason === 'content_filter') return 'refusal'
  if (incomplete_details?.reason === 'max_output_tokens') return 'length'
  assert.equal(status, 'completed')
  return calls ? 'tools' : 'stop'
}
