import assert from 'node:assert/strict'
import { test } from 'node:test'
import { excessOf } from './json-depth.ts'
import { createJsonGauge } from './json-gauge.ts'

const limits = { levels: 3, fields: 4 }
const rows: readonly [name: string, text: string, excess: string | undefined][] = [
  ['within both', '{"a":[[1]],"b":"{[:"}', undefined],
  ['too deep', '{"a":[[[1]]]}', 'levels'],
  ['too wide', '{"a":1,"b":2,"c":3,"d":4,"e":5}', 'fields'],
  ['brackets in a string', '{"a":"[[[[[[::::::"}', undefined],
  ['behind an escaped quote', '{"a":"\\"[[[[[[::::::"}', undefined],
  ['behind an escaped backslash', '{"a":"\\\\","b":[[[1]]]}', 'levels'],
  ['behind many backslashes', '{"a":"\\\\\\\\\\"[[[[","b":1}', undefined],
  ['characters of several bytes', '{"日本":"🙂[[[[["}', undefined],
  ['a string without end', '{"a":"[[[[', undefined],
]

for (const [name, text, excess] of rows)
  test(`JSON gauge: ${name}, split at every byte`, () => {
    const bytes = new TextEncoder().encode(text)
    assert.equal(excessOf(text, { ...limits }), excess)
    for (let at = 0; at <= bytes.length; at += 1) {
      const gauge = createJsonGauge(limits)
      gauge.push(bytes.subarray(0, at))
      assert.equal(gauge.push(bytes.subarray(at)), excess, `split at ${at}`)
    }
    const single = createJsonGauge(limits)
    let last: string | undefined
    for (const byte of bytes) last = single.push(Uint8Array.of(byte))
    assert.equal(last, excess)
  })
