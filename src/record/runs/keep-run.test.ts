import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunUpdate } from '../../protocol/run.ts'
import { type KeepRules, keepRun } from './keep-run.ts'

const redacted: KeepRules = { previews: 'redacted', textCharacters: 40 }
const run = (rest: Partial<RunUpdate>): RunUpdate => ({ id: 'r', source: 'otlp', ...rest })
const said = (text: string) => ({ input: [{ role: 'user' as const, text }], output: [] })

const rows: readonly [
  name: string,
  rules: KeepRules,
  given: Partial<RunUpdate>,
  expected: Partial<RunUpdate>,
][] = [
  [
    'personal data goes from messages, payloads, errors and metadata',
    redacted,
    {
      messages: said('write to ann@example.com'),
      inputs: { list: [{ mail: 'ann@example.com' }] },
      error: 'no such user ann@example.com',
      metadata: { user: 'ann@example.com', count: 3 },
    },
    {
      messages: said('write to [email]'),
      inputs: { list: [{ mail: '[email]' }] },
      error: 'no such user [email]',
      metadata: { user: '[email]', count: 3 },
    },
  ],
  [
    'a tool call’s arguments too',
    redacted,
    {
      messages: {
        input: [],
        output: [
          {
            role: 'assistant',
            text: '',
            toolCalls: [{ name: 'mail', arguments: '{"to":"ann@example.com"}' }],
          },
        ],
      },
    },
    {
      messages: {
        input: [],
        output: [
          { role: 'assistant', text: '', toolCalls: [{ name: 'mail', arguments: '{"to":"[email]"}' }] },
        ],
      },
    },
  ],
  [
    'a long text is cut',
    redacted,
    { messages: said('x'.repeat(50)) },
    { messages: said(`${'x'.repeat(37)}...`) },
  ],
  [
    'off keeps no payload',
    { ...redacted, previews: 'off' },
    { messages: said('hello'), inputs: 'hello', name: 'n' },
    { name: 'n' },
  ],
  [
    'full keeps it as it came',
    { ...redacted, previews: 'full' },
    { messages: said('ann@example.com') },
    { messages: said('ann@example.com') },
  ],
]
for (const [name, rules, given, expected] of rows) {
  test(`keep: ${name}`, () => assert.deepEqual(keepRun(run(given), rules), run(expected)))
}

test('keep: a payload beyond the bound is kept as its beginning, and says so', () => {
  const inputs = Array.from({ length: 20_000 }, (_, at) => `text ${at} of a long list`)
  const kept = JSON.stringify(keepRun(run({ inputs }), redacted).inputs)
  assert.match(kept, /^\[\{"cut":\{"characters":\d+,"start":/)
  assert.ok(kept.length < 3_000)
})

test('keep: of very many messages the middle is left out, with a note', () => {
  const input = Array.from({ length: 2_000 }, (_, at) => ({ role: 'user' as const, text: `message ${at}` }))
  const kept = keepRun(run({ messages: { input, output: [] } }), redacted).messages?.input ?? []
  assert.equal(kept.length, 501)
  assert.equal(kept[50]?.text, '[1500 messages are not kept]')
  assert.equal(kept.at(-1)?.text, 'message 1999')
})

test('keep: depth without end is cut', () => {
  let inputs: unknown = 'x'
  for (let depth = 0; depth < 2_000; depth += 1) inputs = { inputs }
  assert.ok(JSON.stringify(keepRun(run({ inputs }), redacted)).length < 1_000)
})
