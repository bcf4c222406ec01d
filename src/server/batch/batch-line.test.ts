import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isSuccess,
  type LineResult,
  readBatchLine,
  resultNumber,
  wasSuccess,
  writeResult,
} from './batch-line.ts'

const good = { custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: { model: 'm' } }
const rows: readonly [name: string, line: unknown, is: string][] = [
  ['a request', good, 'line 7 of a to /v1/chat/completions'],
  ['without a method', { ...good, method: undefined }, 'line 7 of a to /v1/chat/completions'],
  ['for embeddings', { ...good, url: '/v1/embeddings' }, 'line 7 of a to /v1/embeddings'],
  ['not an object', [good], 'invalid_json_line'],
  ['without an id', { ...good, custom_id: undefined }, 'missing_custom_id'],
  ['with an empty id', { ...good, custom_id: '' }, 'missing_custom_id'],
  ['another method', { ...good, method: 'GET' }, 'invalid_method of a'],
  ['an endpoint that is not served', { ...good, url: '/v1/images' }, 'invalid_url of a'],
  ['no body', { ...good, body: 'x' }, 'invalid_body of a'],
]
for (const [name, line, is] of rows)
  test(`batch line: ${name}`, () => {
    const read = readBatchLine(JSON.stringify(line), 7)
    const says = read.ok
      ? `line ${read.value.number} of ${read.value.customId} to ${read.value.url}`
      : read.fault.code + (read.fault.customId ? ` of ${read.fault.customId}` : '')
    assert.equal(says, is)
  })

test('batch line: torn JSON is told', () => {
  const read = readBatchLine('{"custom_id": "a", ', 1)
  assert.equal(!read.ok && read.fault.code, 'invalid_json_line')
})

const answered: LineResult = {
  number: 12,
  customId: 'a',
  response: { status: 200, requestId: 'req_1', body: { ok: 'ü' } },
}
const results: readonly [name: string, result: LineResult, text: string, isGood: boolean][] = [
  [
    'an answer',
    answered,
    '{"id":"batch_req_12","custom_id":"a","response":{"status_code":200,"request_id":"req_1","body":{"ok":"ü"}},"error":null}',
    true,
  ],
  [
    'a failure',
    { number: 3, customId: 'b', error: { code: 'c', message: 'm' } },
    '{"id":"batch_req_3","custom_id":"b","response":null,"error":{"code":"c","message":"m"}}',
    false,
  ],
]
for (const [name, result, text, isGood] of results)
  test(`batch result: ${name}`, () => {
    assert.equal(writeResult(result), text)
    assert.equal(resultNumber(text), result.number)
    assert.deepEqual([isSuccess(result), wasSuccess(text)], [isGood, isGood])
  })

test('batch result: a line of somebody else is none of ours', () => {
  assert.equal(resultNumber('{"id":"batch_req_x"}'), undefined)
  assert.equal(resultNumber('not json'), undefined)
})
