/** Streams that break at one provider and are finished by another, by the official clients. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { errorOf, failOnWarnings, openSandbox } from '../open-sandbox.ts'
import type { Ask, Told } from './caller.ts'
import { callers } from './callers.ts'
import { allOutbounds, type Outbound, openWorld, type Pair } from './gateway-world.ts'

const sandboxes: Readonly<Record<Outbound, Sandbox>> = {
  openai: await openSandbox(),
  anthropic: await openSandbox(),
  gemini: await openSandbox(),
  responses: await openSandbox(),
}
/** The provider that breaks has a name of its own, so that a dialect can take over from itself. */
const pairs = allOutbounds.flatMap((first) => allOutbounds.map((second): Pair => [first, second]))
const sure = await openSandbox()
const url = await openWorld(
  allOutbounds.flatMap((dialect) => [
    { name: `odd-${dialect}`, dialect, address: sandboxes[dialect].address },
    { name: dialect, dialect, address: sure.address },
  ]),
  Object.fromEntries(
    pairs.map(([first, second]) => [`${first}-${second}`, [`odd-${first}/m1`, `${second}/m2`]]),
  ),
)
failOnWarnings()

const tool = {
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}
const said = (text: string) => `This is a simulated answer from the sandbox to: ${text}`
const thought = 'The request is read; a simulated answer is due.'

interface Row {
  readonly name: string
  readonly ask: Omit<Ask, 'model'>
  /** After how many events of each dialect the stream breaks. */
  readonly after: Readonly<Record<Outbound, number>>
  readonly check: (told: Told, first: Outbound) => void
}

const always = (events: number) => ({
  openai: events,
  anthropic: events,
  gemini: events,
  // Two events more begin a response, and two each item.
  responses: events + 4,
})
const rows: readonly Row[] = [
  {
    name: 'in its text',
    ask: {},
    after: always(6),
    check: ({ text, thinking }) => assert.deepEqual([text, thinking], [said('Hello there'), '']),
  },
  {
    name: 'in its thinking: what was thought stays, the answer follows',
    ask: { thinking: true },
    after: always(5),
    check({ text, thinking }) {
      assert.equal(text, said('Hello there'))
      assert.ok(thinking.length > 5 && thought.startsWith(thinking), thinking)
    },
  },
  {
    name: 'in its text, with the thinking told',
    ask: { thinking: true },
    after: always(16),
    check: ({ text, thinking }) => assert.deepEqual([text, thinking], [said('Hello there'), thought]),
  },
  {
    name: 'between its thinking and a call',
    ask: { thinking: true, tools: [tool] },
    after: { openai: 10, anthropic: 13, gemini: 9, responses: 16 },
    check({ calls, thinking, end }) {
      assert.deepEqual(
        calls.map(({ name, input }) => [name, input]),
        [['weather', { city: 'simulated' }]],
      )
      assert.deepEqual([thinking, end], [thought, 'tools'])
    },
  },
]

/** Every way of breaking for the plain text; where it breaks matters more than how. */
const ways = ({ thinking }: Row['ask']) =>
  thinking ? (['cut', 'error'] as const) : (['cut', 'reset', 'error', 'malformed'] as const)

export function runBrokenStreams(isWanted: (pair: Pair) => boolean): void {
  for (const caller of callers)
    for (const [first, second] of pairs.filter(isWanted))
      for (const { name, ask, after, check } of rows)
        for (const how of ways(ask))
          test(`${caller.name}, ${first} breaks (${how}) ${name}: ${second} finishes it, and the next turn goes on`, async () => {
            sandboxes[first].setRules([{ times: 1, after_events: after[first], break_with: how }])
            const talk = caller.open(url, { model: `${first}-${second}`, ...ask }, { mode: 'streamed' })
            const told = await talk.say('Hello there')
            check(told, first)
            assert.equal(told.headers.get('x-adaptive-provider'), `odd-${first}`)
            const { calls } = told
            const next = await (calls[0] ? talk.answer({ [calls[0].id]: 'sunny' }) : talk.say('And on'))
            assert.equal(next.text, calls[0] ? 'The tool answered: sunny' : said('And on'))
          })
}

export function runBrokenCalls(dialects: readonly Outbound[]): void {
  for (const caller of callers)
    for (const first of dialects)
      test(`${caller.name}: a call of ${first} that breaks in its arguments ends with an error, never with half a call`, async () => {
        sandboxes[first].setRules([{ after_events: first === 'responses' ? 6 : 4, break_with: 'cut' }])
        const talk = caller.open(url, { model: `${first}-gemini`, tools: [tool] }, { mode: 'streamed' })
        const failed = caller.read(await errorOf(talk.say('the weather')))
        assert.match(failed.message, /the stream broke/)
      })
}
