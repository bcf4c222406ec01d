import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatRequestSchema, checkRequest } from './wire.ts'

const messages = [{ role: 'user', content: 'Hello' }]
const least = { model: 'chat', messages }

/** Each is checked by a schema of its own fields, and must be told the same as by the whole one. */
const bodies: readonly (readonly [name: string, body: unknown])[] = [
  ['the least', least],
  ['a field in range', { ...least, temperature: 1 }],
  ['a field out of range', { ...least, temperature: 3 }],
  ['two fields, the second wrong', { ...least, temperature: 1, top_p: 2 }],
  ['the same fields in another order', { top_p: 0.5, ...least, temperature: 1 }],
  ['a field that is null', { ...least, max_tokens: null }],
  ['a field nobody knows', { ...least, invented: { deep: true } }],
  ['names that every object has', JSON.parse('{"constructor":1,"toString":2,"__proto__":{"model":"x"}}')],
  ['no model', { messages }],
  ['no messages', { model: 'chat', temperature: 1 }],
  ['nothing', {}],
  ['a list', [least]],
  ['null', null],
]

for (const [name, body] of bodies)
  test(`checkRequest: ${name}`, () => {
    const whole = chatRequestSchema.safeParse(body)
    // The second time the schema is known.
    for (const checked of [checkRequest(body), checkRequest(body)]) {
      assert.equal(checked.ok, whole.success)
      if (checked.ok) assert.deepEqual(checked.value, whole.data)
      else assert.equal(checked.fault.param ?? '', whole.error?.issues[0]?.path.join('.'))
    }
  })

test('checkRequest: more sets of fields than are remembered are checked all the same', () => {
  const names = ['seed', 'n', 'user', 'stop', 'top_p', 'logprobs', 'stream'] as const
  const values = { seed: 1, n: 1, user: 'u', stop: 's', top_p: 1, logprobs: true, stream: false }
  for (let set = 0; set < 2 ** names.length; set += 1) {
    const given = names.filter((_, at) => set & (1 << at)).map((name) => [name, values[name]])
    assert.equal(checkRequest({ ...least, ...Object.fromEntries(given) }).ok, true)
    assert.equal(checkRequest({ ...least, ...Object.fromEntries(given), temperature: 'hot' }).ok, false)
  }
})
