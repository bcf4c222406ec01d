import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { readText } from './read-text.ts'

function coming(): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  request.headers = { 'content-type': 'application/json' }
  return request
}

const limitBytes = 40
const accent = Buffer.from('{"a":"é"}')
const gone = (request: IncomingMessage) => request.destroy(new Error('gone'))
const whole = (request: IncomingMessage) => request.push(null)
const rows: readonly [
  name: string,
  pieces: readonly (string | Buffer)[],
  end: (request: IncomingMessage) => void,
  expected: string,
][] = [
  ['in one piece', ['{"a":1}'], whole, '{"a":1}'],
  ['cut within a character', [accent.subarray(0, 7), accent.subarray(7)], whole, '{"a":"é"}'],
  ['and is too large', [`"${'x'.repeat(limitBytes)}"`], whole, 'body_too_large'],
  ['and is broken off', ['{"a"'], gone, 'cancelled'],
]
for (const [name, pieces, end, expected] of rows)
  test(`read text: a body that comes ${name}`, async () => {
    const request = coming()
    const reading = readText(request, limitBytes)
    for (const piece of pieces) request.push(piece)
    end(request)
    const read = await reading
    assert.equal(read.ok ? read.value.text : read.fault.code, expected)
  })

test('read text: a caller who leaves behind its body, before that has set out, is not served', async () => {
  const request = coming()
  const reading = readText(request, limitBytes)
  request.on('end', () => gone(request))
  request.push('{"a":1}')
  request.push(null)
  const read = await reading
  assert.equal(read.ok ? 'read' : read.fault.code, 'cancelled')
})

test('read text: what is not said to be JSON is not read', async () => {
  const request = coming()
  request.headers = { 'content-type': 'text/plain' }
  const read = await readText(request, limitBytes)
  assert.equal(read.ok ? 'read' : read.fault.code, 'unsupported_media_type')
})
