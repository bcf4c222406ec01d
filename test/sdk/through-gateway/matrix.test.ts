import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dialect } from '../../../src/protocol/chat.ts'
import { failOnWarnings, openSandbox, pixel } from '../open-sandbox.ts'
import type { Ask, Conversation, ToolSpec } from './caller.ts'
import { callers, modes } from './callers.ts'
import { allOutbounds, openWorld } from './gateway-world.ts'

const sandbox = await openSandbox({
  rules: [{ match: { model: 'polite' }, refusal: true, message: 'I would rather not.' }],
})
const url = await openWorld(
  allOutbounds.map((dialect) => ({ name: dialect, dialect, address: sandbox.address })),
)
failOnWarnings()

const tool = (name: string, field: string): ToolSpec => ({
  name,
  parameters: { type: 'object', properties: { [field]: { type: 'string' } }, required: [field] },
})
const tools = [tool('weather', 'city'), tool('clock', 'zone')]
const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, count: { type: 'integer' } },
  required: ['name', 'count'],
  additionalProperties: false,
}
const said = (text: string) => `This is a simulated answer from the sandbox to: ${text}`
const weatherCall = ['weather', { city: 'simulated' }]
const clockCall = ['clock', { zone: 'simulated' }]

interface Cell {
  readonly outbound: Dialect
  open(ask?: Partial<Ask>): Conversation
}

const capabilities: readonly [name: string, check: (cell: Cell) => Promise<void>, needs?: keyof Ask][] = [
  [
    'plain text, its end, its model and its tokens',
    async ({ open, outbound }) => {
      const { text, end, model, usage, headers } = await open().say('Hello there')
      assert.deepEqual([text, end, model], [said('Hello there'), 'stop', 'sim'])
      assert.ok(usage.input > 0 && usage.output > 5)
      assert.equal(headers.get('x-adaptive-provider'), outbound)
      assert.equal(headers.get('x-adaptive-dropped'), null)
    },
  ],
  [
    'text of any script, quotes and line ends',
    async ({ open }) => {
      const odd = 'čau „¿“ 日本語 👩‍👩‍👧 "a\\b"\n\tend'
      assert.equal((await open().say(odd)).text, said(odd))
    },
  ],
  [
    'a system prompt and two turns',
    async ({ open }) => {
      const talk = open({ system: 'Be brief.' })
      const first = await talk.say('One')
      const second = await talk.say('Two')
      assert.equal(second.text, said('Two'))
      assert.ok(second.usage.input > first.usage.input)
    },
  ],
  [
    'one call and its answer',
    async ({ open }) => {
      const talk = open({ tools })
      const { calls, end } = await talk.say('the weather')
      assert.deepEqual([calls.map(({ name, input }) => [name, input]), end], [[weatherCall], 'tools'])
      const { text } = await talk.answer({ [calls[0]?.id ?? '']: 'sunny' })
      assert.equal(text, 'The tool answered: sunny')
    },
  ],
  [
    'parallel calls and their answers',
    async ({ open }) => {
      const talk = open({ tools })
      const { calls } = await talk.say('the weather and the clock')
      assert.deepEqual(
        calls.map(({ name, input }) => [name, input]),
        [weatherCall, clockCall],
      )
      const ids = calls.map(({ id }) => id)
      assert.equal(new Set(ids).size, 2)
      const { text, end } = await talk.answer({ [ids[0] ?? '']: 'sunny', [ids[1] ?? '']: 'noon' })
      assert.deepEqual([text, end], ['The tools answered: sunny; noon', 'stop'])
    },
  ],
  [
    'a named tool, any tool, no tool',
    async ({ open }) => {
      const named = await open({ tools, toolChoice: { name: 'clock' } }).say('Hello')
      assert.deepEqual(
        named.calls.map(({ name }) => name),
        ['clock'],
      )
      const any = await open({ tools, toolChoice: 'required' }).say('Hello')
      assert.equal(any.calls.length, 1)
      const none = await open({ tools, toolChoice: 'none' }).say('the weather')
      assert.deepEqual([none.calls, none.text], [[], said('the weather')])
    },
  ],
  [
    'one call a turn, or the wish told as lost',
    async ({ open, outbound }) => {
      const { calls, headers } = await open({ tools, singly: true }).say('the weather and the clock')
      const dropped = headers.get('x-adaptive-dropped') ?? ''
      if (outbound === 'gemini') assert.match(dropped, /parallel_tool_(calls|use)/)
      else assert.deepEqual([calls.length, dropped], [1, ''])
    },
  ],
  [
    'images by their bytes and by address',
    async ({ open }) => {
      const images = [`data:image/png;base64,${pixel}`, 'https://example.com/a.png']
      assert.match((await open().say('See', images)).text, /and 2 images: See$/)
    },
  ],
  [
    'structured output',
    async ({ open }) => {
      const { text } = await open({ schema }).say('Hello')
      assert.deepEqual(JSON.parse(text), { name: 'simulated', count: 1 })
    },
  ],
  [
    'thinking, apart from the text and counted',
    async ({ open }) => {
      const { text, thinking, usage } = await open({ thinking: true }).say('Hello there')
      assert.deepEqual(
        [text, thinking],
        [said('Hello there'), 'The request is read; a simulated answer is due.'],
      )
      assert.ok((usage.reasoning ?? 0) > 5)
    },
  ],
  [
    'thinking before calls, and on after their answers',
    async ({ open }) => {
      const talk = open({ thinking: true, tools })
      const { thinking, calls } = await talk.say('the weather')
      assert.ok(thinking.length > 10)
      const { text, headers } = await talk.answer({ [calls[0]?.id ?? '']: 'sunny' })
      assert.equal(text, 'The tool answered: sunny')
      assert.equal(headers.get('x-adaptive-dropped'), null)
    },
  ],
  [
    'a limit',
    async ({ open }) => {
      const { end, text } = await open({ maxTokens: 3 }).say('Hello')
      assert.deepEqual([end, text], ['length', 'This is a '])
    },
  ],
  [
    'a stop sequence',
    async ({ open }) => {
      const { end, text } = await open({ stop: ['sandbox'] }).say('Hello')
      assert.deepEqual([end, text], ['stop', 'This is a simulated answer from the '])
    },
    'stop',
  ],
  [
    'a refusal in the model’s own words',
    async ({ open, outbound }) => {
      const { end, text, refusal } = await open({ model: `${outbound}/polite` }).say('Hello')
      assert.equal(text + refusal, 'I would rather not.')
      // Gemini has no word for it: there it is text like any other.
      assert.equal(end, outbound === 'gemini' ? 'stop' : 'refusal')
    },
  ],
]

/** Responses knows no stop sequences, and no limit as small. */
const unsaid: ReadonlySet<string> = new Set(['a limit', 'a stop sequence'])

for (const caller of callers)
  for (const outbound of allOutbounds)
    for (const mode of modes)
      for (const [name, check] of capabilities.filter(
        ([name, , needs]) =>
          (needs === undefined || !caller.cannot?.includes(needs)) &&
          (outbound !== 'responses' || !unsaid.has(name)),
      ))
        test(`${caller.name} over ${outbound}, ${mode}: ${name}`, () =>
          check({
            outbound,
            open: (ask = {}) => caller.open(url, { model: `${outbound}/sim`, ...ask }, { mode }),
          }))
