/** Requests of every dialect, frozen to the last field, through every provider's dialect: nothing writes to them (B33). */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { composeEngine } from '../../src/cli/compose.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { createAnswerCache } from '../../src/gateway/cache/answer-cache.ts'
import type { Answer } from '../../src/gateway/engine/engine-port.ts'
import { createUndiciTransport } from '../../src/gateway/transport/undici-transport.ts'
import type { Dialect } from '../../src/protocol/chat.ts'
import { readExtension } from '../../src/protocol/extension.ts'
import type { LedgerRecord } from '../../src/protocol/ledger-entry.ts'
import { createBus } from '../../src/record/bus.ts'
import type { RuleInput } from '../../src/sandbox/rules.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { deepFreeze } from '../deep-freeze.ts'

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

/** A system prompt, a picture, a tool that was called, a tool's answer, sampling, an end user. */
const bodies: Readonly<Record<Dialect, object>> = {
  openai: {
    messages: [
      { role: 'system', content: 'Be short.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Which city?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"city":"Bern"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'found' },
      { role: 'user', content: 'And now?' },
    ],
    tools: [{ type: 'function', function: { name: 'find', description: 'finds', parameters: schema } }],
    tool_choice: 'auto',
    temperature: 0,
    stop: ['END'],
    user: 'u1',
    max_tokens: 100,
  },
  responses: {
    instructions: 'Be short.',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'Which city?' }] },
      { type: 'function_call', call_id: 'c1', name: 'find', arguments: '{"city":"Bern"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'found' },
      { role: 'user', content: 'And now?' },
    ],
    tools: [{ type: 'function', name: 'find', description: 'finds', parameters: schema }],
    temperature: 0,
    max_output_tokens: 100,
  },
  anthropic: {
    system: 'Be short.',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Which city?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'find', input: { city: 'Bern' } }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'found' },
          { type: 'text', text: 'And now?' },
        ],
      },
    ],
    tools: [{ name: 'find', description: 'finds', input_schema: schema }],
    temperature: 0,
    stop_sequences: ['END'],
    max_tokens: 100,
  },
  gemini: {
    systemInstruction: { parts: [{ text: 'Be short.' }] },
    contents: [
      {
        role: 'user',
        parts: [{ text: 'Which city?' }, { inlineData: { mimeType: 'image/png', data: pixel } }],
      },
      { role: 'model', parts: [{ functionCall: { name: 'find', args: { city: 'Bern' } } }] },
      {
        role: 'user',
        parts: [{ functionResponse: { name: 'find', response: { found: true } } }, { text: 'And now?' }],
      },
    ],
    tools: [{ functionDeclarations: [{ name: 'find', description: 'finds', parameters: schema }] }],
    generationConfig: { temperature: 0, maxOutputTokens: 100, stopSequences: ['END'] },
  },
}

const dialects: readonly Dialect[] = ['openai', 'anthropic', 'gemini']
let sandbox: Sandbox
const transport = createUndiciTransport({ connectMs: 1_000 })
before(async () => {
  sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
})
after(async () => {
  await transport.close()
  await sandbox.close()
})

function engineOver(first: Dialect, records: LedgerRecord[]) {
  const others = dialects.filter((dialect) => dialect !== first)
  const text = JSON.stringify({
    providers: Object.fromEntries(
      dialects.map((dialect) => [
        dialect,
        {
          dialect,
          base_url: `${sandbox.address}/${dialect === 'gemini' ? 'v1beta' : 'v1'}`,
          keys: [`key-${dialect}`, `other-key-${dialect}`],
          models: [`model-${dialect}`],
          simulated: true,
        },
      ]),
    ),
    routes: {
      chat: {
        targets: [first, ...others].map((provider) => ({ provider, models: [`model-${provider}`] })),
        streams: { recovery: ['prefill', 'align'] },
        cache: { mode: 'write' },
      },
    },
    attempts: { base_ms: 1, max_ms: 2 },
    ledger: { content: 'stored' },
  })
  const read = readConfig({ text, file: 'test', env: {} })
  if (!read.ok) throw new Error(JSON.stringify(read.fault))
  const ledger = {
    intend: async () => ({ ok: true }),
    record: async (record: LedgerRecord) => {
      records.push(record)
      return { ok: true }
    },
    close: async () => {},
  }
  return composeEngine({
    config: () => read.value,
    transport,
    ledger: { ledger, installationKey: Buffer.alloc(32, 1) },
    cache: createAnswerCache({ config: read.value.cache, clock: systemClock }),
    bus: createBus({ clock: systemClock, source: 'test' }),
  })
}

/** How it ended, with each piece of a stream read. */
async function endOf(answer: Answer): Promise<string> {
  if (answer.kind === 'fault') return `${answer.fault.code}: ${answer.fault.message}`
  if (answer.kind === 'reply') return 'end'
  let last = 'nothing'
  for await (const { parts } of answer.chunks) {
    const part = parts.at(-1)
    last = part?.kind === 'broken' ? part.fault.code : (part?.kind ?? last)
  }
  return last
}

const middle = 'a break in the middle'
/** What goes wrong with the first provider. */
const ways: Readonly<Record<string, readonly RuleInput[]>> = {
  nothing: [],
  'two failures': [{ times: 2, status: 500 }],
  'two limits': [{ times: 2, status: 429 }],
  [middle]: [{ times: 1, after_events: 3 }],
}

for (const caller of Object.keys(bodies) as Dialect[])
  for (const first of dialects)
    test(`frozen requests: ${caller} asks, ${first} answers first`, async () => {
      for (const stream of [false, true])
        for (const [way, rules] of Object.entries(ways)) {
          sandbox.setRules(rules.map((rule) => ({ ...rule, match: { model: `model-${first}` } })))
          const records: LedgerRecord[] = []
          const engine = engineOver(first, records)
          const body = deepFreeze({
            model: 'chat',
            ...bodies[caller],
            ...(caller === 'gemini' ? {} : { stream }),
          })
          const request = inboundAdapters[caller].readRequest(body, { model: 'chat', stream })
          assert.ok(request.ok, JSON.stringify(request))
          const extension = readExtension(body)
          assert.ok(extension.ok)
          const asked = deepFreeze({ request: request.value, extension: extension.value })
          const signal = new AbortController().signal
          const answer = await engine.chat({ ...asked, requestId: 'req_1', tenant: 'default', signal })
          // A stream with a tool in it may not be finished by another target.
          const mayEnd = stream && way === middle ? ['end', 'upstream_cut'] : ['end']
          const ended = await endOf(answer)
          assert.ok(mayEnd.includes(ended), `${way}, ${stream ? 'streamed' : 'whole'}: ${ended}`)
          assert.equal(records.length, 1)
          if (rules.length > 0 && way !== middle) assert.ok((records[0]?.attempts.length ?? 0) > 1, way)
        }
    })
