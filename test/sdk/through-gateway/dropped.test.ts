import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorOf, failOnWarnings, openSandbox } from '../open-sandbox.ts'
import { anthropicCaller } from './anthropic-caller.ts'
import type { Ask, Caller } from './caller.ts'
import { modes } from './callers.ts'
import { allOutbounds, type Outbound, openWorld } from './gateway-world.ts'
import { openaiCaller } from './openai-caller.ts'

const sandbox = await openSandbox()
const url = await openWorld(
  allOutbounds.map((dialect) => ({ name: dialect, dialect, address: sandbox.address })),
)
failOnWarnings()

interface Row {
  readonly caller: Caller
  readonly name: string
  readonly ask: Partial<Ask>
  /** Names in `x-adaptive-dropped`; what an outbound dialect takes is not there. */
  readonly lost: Readonly<Record<Outbound, readonly string[]>>
}

const everyone = (...names: readonly string[]) => ({
  openai: names,
  anthropic: names,
  gemini: names,
  responses: names,
})
const parameters = { type: 'object', properties: {} }

const rows: readonly Row[] = [
  {
    caller: openaiCaller,
    name: 'sampling',
    ask: { fields: { temperature: 0.5, top_p: 0.9 } },
    lost: everyone(),
  },
  {
    caller: openaiCaller,
    name: 'settings of its own',
    ask: { fields: { seed: 1, presence_penalty: 0.5, frequency_penalty: 0.5, logprobs: true, n: 1 } },
    lost: {
      openai: [],
      anthropic: ['seed', 'presence_penalty', 'frequency_penalty', 'logprobs'],
      gemini: [],
      responses: ['frequency_penalty', 'presence_penalty', 'seed'],
    },
  },
  {
    caller: openaiCaller,
    name: 'a temperature above 1',
    ask: { fields: { temperature: 1.5 } },
    lost: { openai: [], anthropic: ['temperature'], gemini: [], responses: [] },
  },
  {
    caller: openaiCaller,
    name: 'the user’s name',
    ask: { fields: { user: 'u1' } },
    lost: { openai: [], anthropic: [], gemini: ['user'], responses: [] },
  },
  {
    caller: openaiCaller,
    name: 'fields nobody maps',
    ask: { fields: { logit_bias: { 1: 2 }, store: true, service_tier: 'flex' } },
    lost: {
      openai: [],
      anthropic: ['logit_bias', 'store', 'service_tier'],
      gemini: ['logit_bias', 'store', 'service_tier'],
      responses: ['logit_bias', 'service_tier', 'store'],
    },
  },
  {
    caller: openaiCaller,
    name: 'JSON without a schema',
    ask: { fields: { response_format: { type: 'json_object' } } },
    lost: { openai: [], anthropic: ['response_format'], gemini: [], responses: [] },
  },
  {
    caller: openaiCaller,
    name: 'more stop sequences than Gemini takes',
    ask: { stop: ['1', '2', '3', '4', '5', '6'] },
    lost: { openai: [], anthropic: [], gemini: ['stop'], responses: ['stop'] },
  },
  {
    caller: openaiCaller,
    name: 'a strict tool',
    ask: { fields: { tools: [{ type: 'function', function: { name: 'f', parameters, strict: true } }] } },
    lost: { openai: [], anthropic: [], gemini: ['tools.function.strict'], responses: [] },
  },
  {
    caller: openaiCaller,
    name: 'how closely an image is to be looked at, and who speaks',
    ask: {
      fields: {
        messages: [
          {
            role: 'user',
            name: 'ann',
            content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } }],
          },
        ],
      },
    },
    lost: {
      openai: [],
      anthropic: ['messages.name', 'messages.content.detail'],
      gemini: ['messages.name', 'messages.content.detail'],
      responses: ['messages.name'],
    },
  },
  {
    caller: openaiCaller,
    name: 'sound',
    ask: {
      fields: {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Hear' },
              { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            ],
          },
        ],
      },
    },
    lost: {
      openai: [],
      anthropic: ['messages.content.audio'],
      gemini: [],
      responses: ['messages.content.audio'],
    },
  },
  {
    caller: anthropicCaller,
    name: 'sampling',
    ask: { fields: { temperature: 0.5, top_p: 0.9, top_k: 5 } },
    lost: { openai: ['top_k'], anthropic: [], gemini: [], responses: ['top_k'] },
  },
  {
    caller: anthropicCaller,
    name: 'more stop sequences than others take',
    ask: { stop: ['1', '2', '3', '4', '5', '6'] },
    lost: {
      openai: ['stop_sequences'],
      anthropic: [],
      gemini: ['stop_sequences'],
      responses: ['stop_sequences'],
    },
  },
  {
    caller: anthropicCaller,
    name: 'the user’s id',
    ask: { fields: { metadata: { user_id: 'u1' } } },
    lost: { openai: [], anthropic: [], gemini: ['metadata.user_id'], responses: [] },
  },
  {
    caller: anthropicCaller,
    name: 'one call a turn',
    ask: { singly: true, tools: [{ name: 'f', parameters }] },
    lost: { openai: [], anthropic: [], gemini: ['tool_choice.disable_parallel_tool_use'], responses: [] },
  },
  {
    caller: anthropicCaller,
    name: 'fields nobody maps, and a tool that runs at Anthropic',
    ask: {
      fields: {
        service_tier: 'auto',
        inference_geo: 'eu',
        tools: [{ type: 'web_search_20250305', name: 'web_search' }],
      },
    },
    lost: {
      openai: ['service_tier', 'inference_geo', 'tools.web_search_20250305'],
      anthropic: [],
      gemini: ['service_tier', 'inference_geo', 'tools.web_search_20250305'],
      responses: ['inference_geo', 'service_tier', 'tools.web_search_20250305'],
    },
  },
  {
    caller: anthropicCaller,
    name: 'marks for the prompt cache',
    ask: {
      fields: {
        system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
        tools: [{ name: 'f', input_schema: parameters, cache_control: { type: 'ephemeral' } }],
        messages: [
          {
            role: 'user',
            content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }],
          },
        ],
      },
    },
    lost: {
      openai: ['tools.cache_control', 'system.cache_control', 'messages.content.cache_control'],
      anthropic: [],
      gemini: ['tools.cache_control', 'system.cache_control', 'messages.content.cache_control'],
      responses: ['messages.content.cache_control', 'system.cache_control', 'tools.cache_control'],
    },
  },
  {
    caller: anthropicCaller,
    name: 'that a tool failed',
    ask: {
      fields: {
        tools: [{ name: 'f', input_schema: parameters }],
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'a', content: 'no such city', is_error: true }],
          },
        ],
      },
    },
    lost: { openai: ['is_error'], anthropic: [], gemini: [], responses: ['is_error'] },
  },
  {
    caller: anthropicCaller,
    name: 'a document by its address, with what it is about',
    ask: {
      fields: {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Read' },
              {
                type: 'document',
                source: { type: 'url', url: 'https://example.com/a.pdf' },
                context: 'a contract',
                citations: { enabled: true },
              },
            ],
          },
        ],
      },
    },
    lost: {
      openai: ['messages.content.file', 'messages.content.context', 'messages.content.citations'],
      anthropic: [],
      gemini: ['messages.content.context', 'messages.content.citations'],
      responses: ['messages.content.citations', 'messages.content.context'],
    },
  },
]

for (const { caller, name, ask, lost } of rows)
  for (const outbound of allOutbounds)
    for (const mode of modes)
      test(`${caller.name} over ${outbound}, ${mode}: ${name}: lost is ${lost[outbound].join(', ') || 'nothing'}`, async () => {
        const { headers } = await caller.open(url, { model: `${outbound}/sim`, ...ask }, { mode }).say('Hi')
        const told = headers.get('x-adaptive-dropped')?.split(',') ?? []
        assert.deepEqual(told.toSorted(), lost[outbound].toSorted())
      })

test('openai client: with strict, a request that would lose a field is refused with its name', async () => {
  const fields = { seed: 1, adaptive: { strict: true } }
  const asked = openaiCaller.open(url, { model: 'anthropic/sim', fields }, { mode: 'whole' }).say('Hi')
  const failed = openaiCaller.read(await errorOf(asked))
  assert.equal(failed.status, 400)
  assert.match(failed.message, /cannot express seed/)
})
