/** A stream cut after 40 of 60 words, over real sockets: whoever goes on, the caller hears every word once. */

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { isRecord, parseJson } from '../../src/base/text.ts'
import type { Dialect } from '../../src/protocol/chat.ts'
import { breaksAfter, hangsUp, resets } from './bad-ways.ts'
import { openRig, type Rig } from './rig.ts'
import type { CallerDialect } from './strict-caller.ts'
import { type Exchange, healthy, openWall, type WallCall, type Way } from './wall.ts'
import { text, words } from './wire-form.ts'

/** Role of the last message a provider was sent; Gemini calls the assistant the model. */
function lastRole({ body }: WallCall): string {
  const parsed = parseJson(body)
  const given = isRecord(parsed) ? (parsed['messages'] ?? parsed['contents'] ?? parsed['input']) : undefined
  const last: unknown = Array.isArray(given) ? given.at(-1) : undefined
  return isRecord(last) ? String(last['role']).replace('model', 'assistant') : 'none'
}

const isPrefilled = ({ call }: Exchange) => lastRole(call) === 'assistant'
const goesOn: Way = ({ form, openStream, frame, closeStream }) => {
  const { head, words: rest, tail } = form.stream(words.slice(40))
  openStream()
  for (const event of [...head, ...rest, ...tail]) frame(event)
  closeStream()
}
const refusesPrefill: Way = (exchange) =>
  isPrefilled(exchange)
    ? exchange.whole(400, JSON.stringify(exchange.form.error(400, 'assistant prefill is not supported')))
    : healthy(exchange)
const departs: Way = (exchange) => {
  if (exchange.call.body.includes('cut off by a technical fault')) return goesOn(exchange)
  const { head, words: other, tail } = exchange.form.stream(['Something', 'else', 'altogether.'])
  exchange.openStream()
  for (const event of [...head, ...other, ...tail]) exchange.frame(event)
  exchange.closeStream()
}

interface Second {
  readonly name: string
  readonly way: Way
  readonly prefill: boolean
  readonly allowed: readonly string[]
  /** Ways that were tried, in order; the last one worked. */
  readonly ways: readonly string[]
}
const all = ['prefill', 'align', 'continue']
const seconds: readonly Second[] = [
  { name: 'says the same again', way: healthy, prefill: false, allowed: all, ways: ['align'] },
  { name: 'refuses prefill', way: refusesPrefill, prefill: true, allowed: all, ways: ['prefill', 'align'] },
  { name: 'goes on from prefill', way: goesOn, prefill: true, allowed: all, ways: ['prefill'] },
  { name: 'says something else', way: departs, prefill: false, allowed: all, ways: ['align', 'continue'] },
]
const dialects: readonly Dialect[] = ['openai', 'anthropic', 'gemini', 'responses']
const callers: readonly CallerDialect[] = ['openai', 'anthropic', 'responses']
const cuts: readonly [name: string, by: Way][] = [
  ['closed', hangsUp],
  ['reset', resets],
]
const everyCase = seconds.flatMap((second) =>
  callers.flatMap((caller) =>
    dialects.flatMap((from) =>
      dialects.flatMap((to) =>
        cuts.map(([cut, by]) => ({
          second,
          caller,
          from,
          to,
          by,
          name: `${second.ways.join('-')}-${caller}-${from}-${to}-${cut}`,
        })),
      ),
    ),
  ),
)
type Case = (typeof everyCase)[number]

async function recovers(rig: Rig, { name, caller, second }: Case): Promise<void> {
  const heard = await rig.caller.ask({ url: rig.gateway.address, dialect: caller, model: name, stream: true })
  const entry = await rig.entry(heard.requestId)
  assert.deepEqual(heard.flaws, [], name)
  assert.equal(heard.text, text, name)
  assert.deepEqual([heard.isEnded, heard.error, heard.finishes.length], [true, undefined, 1], name)
  assert.ok(heard.bytes.includes('recovered_success'), `${name}: the last chunk tells it`)
  assert.equal(entry?.outcome, 'RECOVERED_SUCCESS', name)
  assert.equal(entry?.finalProvider, `${name}-2`, name)
  assert.ok((entry?.usage?.output ?? 0) > 0, `${name}: usage`)
  const attempts = entry?.attempts ?? []
  assert.deepEqual(
    attempts.map(({ recovery }) => recovery),
    [undefined, ...second.ways],
    name,
  )
  const spoke = attempts.flatMap(({ provider, spoke: part }) => (part ? [[provider, part.words]] : []))
  assert.deepEqual(
    spoke,
    [
      [`${name}-1`, 40],
      [`${name}-2`, 20],
    ],
    name,
  )
  const calls = (who: string) => rig.wall.calls.filter((call) => call.test === name && call.who === who)
  assert.deepEqual([calls('first').length, calls('second').length], [1, second.ways.length], name)
}

export function runRecovery(isWanted: (from: Dialect, to: Dialect) => boolean): void {
  const cases = everyCase.filter(({ from, to }) => isWanted(from, to))
  suite('recovery over sockets', { concurrency: 6 }, () => {
    let rig: Rig
    before(async () => {
      const wall = await openWall()
      for (const { name, by, second } of cases) {
        wall.behave(name, 'first', breaksAfter({ words: 40, by }))
        wall.behave(name, 'second', second.way)
      }
      const spec = {
        providers: cases.flatMap(({ name, from, to, second }) => [
          { name: `${name}-1`, dialect: from, at: `${name}/first` },
          {
            name: `${name}-2`,
            dialect: to,
            at: `${name}/second`,
            models: [{ name: 'm', prefill: second.prefill }],
          },
        ]),
        routes: cases.map(({ name, second }) => ({
          name,
          providers: [`${name}-1`, `${name}-2`],
          recovery: second.allowed,
        })),
      }
      rig = await openRig(spec, wall)
    })
    after(() => rig.close())
    for (const second of seconds)
      for (const from of dialects.filter((dialect) => cases.some((one) => one.from === dialect)))
        test(`${from} drops the stream, the second target ${second.name}`, async () => {
          await Promise.all(
            cases
              .filter((one) => one.second === second && one.from === from)
              .map((one) => recovers(rig, one)),
          )
        })
  })
}
