/** Five turns between two providers, by the official clients: the answer needs every turn before it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { failOnWarnings, openSandbox } from '../open-sandbox.ts'
import { createBookkeeper, stock, stocks, total, twice, wireOf } from './bookkeeper.ts'
import type { Conversation, Told } from './caller.ts'
import { callers, modes } from './callers.ts'
import { allOutbounds, type Outbound, openWorld, type Pair } from './gateway-world.ts'

/** Names of the models, so that each provider demands what its newest do. */
const models: Readonly<Record<Outbound, string>> = {
  openai: 'gpt-5',
  anthropic: 'claude',
  gemini: 'gemini-3-pro',
  responses: 'gpt-5',
}

const books = createBookkeeper()
const sandboxes: Readonly<Record<Outbound, Sandbox>> = {
  openai: await openSandbox({ answerer: books.answerer }),
  anthropic: await openSandbox({ answerer: books.answerer }),
  gemini: await openSandbox({ answerer: books.answerer }),
  responses: await openSandbox({ answerer: books.answerer }),
}
/** Every two that are not the same. */
const pairs = allOutbounds.flatMap((first) =>
  allOutbounds.flatMap((second): Pair[] => (first === second ? [] : [[first, second]])),
)
const targetOf = (dialect: Outbound) => `${dialect}/${models[dialect]}`
const url = await openWorld(
  allOutbounds.map((dialect) => ({ name: dialect, dialect, address: sandboxes[dialect].address })),
  Object.fromEntries([
    ...pairs.map(([first, second]) => [`${first}-${second}`, [targetOf(first), targetOf(second)]]),
    ...allOutbounds.map((dialect) => [dialect, [targetOf(dialect)]]),
  ]),
)
failOnWarnings()

/** The answers to the calls of a turn. */
const results = ({ calls }: Told) =>
  Object.fromEntries(
    calls.map(({ id, input }) => {
      const item = typeof input === 'object' && input !== null && 'item' in input ? String(input.item) : ''
      return [id, String(stocks[item])]
    }),
  )

/** Five turns; `before` is told the number of each, from 1. */
async function fiveTurns(talk: Conversation, before: (turn: number) => void): Promise<readonly Told[]> {
  const told: Told[] = []
  for (let turn = 1; turn <= 5; turn += 1) {
    before(turn)
    const last = told.at(-1)
    if (last === undefined) told.push(await talk.say('What is in stock, added up?'))
    else if (last.calls.length > 0) told.push(await talk.answer(results(last)))
    else told.push(await talk.say('And twice that?'))
  }
  return told
}

const signedInTwoTurns: Readonly<Record<Outbound, number>> = {
  openai: 0,
  anthropic: 3,
  gemini: 2,
  responses: 0,
}

const provider = ({ headers }: Told) => headers.get('x-adaptive-provider')

export function runConversations(isWanted: (pair: Pair) => boolean): void {
  for (const caller of callers)
    for (const [first, second] of pairs.filter(isWanted))
      for (const mode of modes)
        for (const thinking of [true, false])
          test(`${caller.name}, ${mode}${thinking ? ', thinking' : ''}: five turns from ${first} to ${second} and back end with the right answer and its own state`, async () => {
            const before = books.signedBy(first).length
            const talk = caller.open(url, { model: `${first}-${second}`, tools: [stock], thinking }, { mode })
            const told = await fiveTurns(talk, (turn) => {
              sandboxes[first].setRules(turn === 3 || turn === 4 ? [{ status: 503 }] : [])
            })
            assert.deepEqual(told.map(provider), [first, first, second, second, first])
            assert.deepEqual(
              told.map(({ calls }) => calls.length),
              [1, 2, 1, 0, 0],
            )
            assert.deepEqual(
              told.map(({ text }) => text),
              ['', '', '', total, twice],
            )
            // What it signed in its first two turns came back; a sandbox also thinks up what it then refuses to send.
            const own = books.signedBy(first).slice(before, before + signedInTwoTurns[first])
            assert.deepEqual(books.seen.at(-1), { dialect: wireOf(first), states: own })
          })
}

export function runStates(dialects: readonly Outbound[]): void {
  for (const caller of callers)
    for (const dialect of dialects)
      for (const mode of modes)
        test(`${caller.name}, ${mode}: every state that ${dialect} signs comes back to it unchanged`, async () => {
          const before = books.signedBy(dialect).length
          const talk = caller.open(url, { model: dialect, tools: [stock], thinking: true }, { mode })
          const told = await fiveTurns(talk, () => {})
          assert.equal(told.at(-1)?.text, twice)
          const signed = books.signedBy(dialect).slice(before)
          const counts: Readonly<Record<Outbound, number>> = {
            openai: 0,
            anthropic: 6,
            gemini: 5,
            responses: 0,
          }
          assert.equal(signed.length, counts[dialect])
          // The last answer is not sent back any more.
          assert.deepEqual(books.seen.at(-1)?.states, signed.slice(0, -1))
        })
}
