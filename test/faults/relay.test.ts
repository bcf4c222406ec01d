/** Where caller and provider speak one dialect, the provider's bytes reach the caller as they were sent, wherever they were cut. */

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { request } from 'undici'
import { allOf, sliced } from './bad-ways.ts'
import { forms } from './forms.ts'
import { openRig, type Rig } from './rig.ts'
import { bodyOf, type CallerDialect, pathOf } from './strict-caller.ts'
import { openWall, type Way } from './wall.ts'
import { usage } from './wire-form.ts'

interface Form {
  readonly name: string
  readonly dialect: 'openai' | 'anthropic'
  /** How the provider writes its stream. */
  readonly change: (text: string) => string
}

const plain = (text: string) => text
const written: readonly Form[] = [
  { name: 'plain', dialect: 'openai', change: plain },
  { name: 'plain', dialect: 'anthropic', change: plain },
  { name: 'with CRLF', dialect: 'openai', change: (text) => text.replaceAll('\n', '\r\n') },
  { name: 'with CRLF', dialect: 'anthropic', change: (text) => text.replaceAll('\n', '\r\n') },
  {
    name: 'with comments and ids',
    dialect: 'openai',
    change: (text) => text.replaceAll('data: {', ': here\nid: 7\nretry: 10\ndata: {'),
  },
  {
    name: 'with fields nobody knows',
    dialect: 'openai',
    change: (text) => text.replaceAll('"model":"m"', '"model":"m","x_new":{"a":[1,2.50,"\\u00e9"]}'),
  },
  {
    name: 'with fields nobody knows',
    dialect: 'anthropic',
    change: (text) => text.replaceAll('"index":0', '"index":0,"x_new":{"a":[1,2.50,"\\u00e9"]}'),
  },
  {
    name: 'without spaces after the colons',
    dialect: 'openai',
    change: (text) => text.replaceAll('data: ', 'data:'),
  },
  {
    name: 'with events nobody knows',
    dialect: 'anthropic',
    change: (text) =>
      text.replaceAll(
        'event: content_block_stop',
        'event: x_new\ndata: {"type":"x_new"}\n\nevent: content_block_stop',
      ),
  },
]
const sizes = [1, 7, 333, 65_536]
const cases = written.flatMap((form, at) => sizes.map((size) => ({ form, size, name: `${at}-${size}` })))

const wholeOf: Way = ({ whole, form }) => whole(200, oddly(form.whole()))
/** Spaces, number forms and escapes that a writer of ours would not use. */
const oddly = (body: object) =>
  JSON.stringify(body, undefined, 3)
    .replace('"quoted', '\\u0022quoted')
    .replace(`: ${usage.input}`, `:   ${usage.input}`)

let rig: Rig
before(async () => {
  const wall = await openWall()
  for (const { name, form, size } of cases) wall.behave(name, 'a', sliced(size, form.change))
  for (const dialect of ['openai', 'anthropic']) wall.behave(`whole-${dialect}`, 'a', wholeOf)
  const places = [
    ...cases.map(({ name, form }) => ({ name, dialect: form.dialect })),
    { name: 'whole-openai', dialect: 'openai' as const },
    { name: 'whole-anthropic', dialect: 'anthropic' as const },
  ]
  const spec = {
    providers: places.map(({ name, dialect }) => ({ name, dialect, at: `${name}/a` })),
    routes: places.map(({ name }) => ({ name, providers: [name] })),
  }
  rig = await openRig(spec, wall)
})
after(() => rig.close())

async function ask(model: string, dialect: CallerDialect, more: object = {}, stream = true): Promise<Buffer> {
  const body = { ...bodyOf({ url: '', dialect, model, stream }), ...more }
  const answer = await request(rig.gateway.address + pathOf(dialect), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return Buffer.from(await answer.body.arrayBuffer())
}

const sentBy = ({ dialect, change }: Form) => change(allOf(forms[dialect].stream()))

suite('relay', { concurrency: 2 }, () => {
  for (const { form, size, name } of cases)
    test(`a stream ${form.name} is relayed byte for byte (${form.dialect}, cut every ${size} bytes)`, async () => {
      const bytes = await ask(name, form.dialect)
      assert.equal(bytes.toString('utf8'), sentBy(form))
    })

  test('a caller who did not ask for usage gets the stream without that event, and the ledger has it', async () => {
    const bytes = await ask('0-7', 'openai', { stream_options: undefined })
    const events = sentBy({ name: '', dialect: 'openai', change: plain }).split('\n\n')
    assert.equal(bytes.toString('utf8'), events.filter((event) => !event.includes('"usage"')).join('\n\n'))
    await rig.gateway.settled()
    const entry = rig.entries().find(({ route }) => route === '0-7')
    assert.deepEqual([entry?.usage?.input, entry?.usage?.output], [usage.input, usage.output])
  })

  for (const dialect of ['openai', 'anthropic'] as const)
    test(`a whole answer is relayed byte for byte (${dialect})`, async () => {
      const bytes = await ask(`whole-${dialect}`, dialect, {}, false)
      assert.equal(bytes.toString('utf8'), oddly(forms[dialect].whole()))
    })
})
