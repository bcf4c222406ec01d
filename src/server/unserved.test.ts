import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, unserved } from './unserved.ts'

const endpoints: readonly Endpoint[] = [
  { methods: ['POST'], path: '/v1/chat/completions' },
  { methods: ['POST'], path: '/v1/messages' },
  { methods: ['POST'], path: '/v1/responses' },
  { methods: ['GET', 'HEAD'], path: '/v1/models' },
  { methods: ['GET', 'HEAD'], path: '/v1/models/*' },
  { methods: ['DELETE'], path: '/things/:id' },
  { methods: ['GET'], path: '/things/:id' },
]

const rows: readonly [
  name: string,
  method: string,
  url: string,
  status: number,
  says: RegExp,
  allow?: string,
][] = [
  ['a wrong method names the right one', 'GET', '/v1/chat/completions', 405, /takes POST/, 'POST'],
  ['so with a query', 'PUT', '/v1/messages?beta=true', 405, /PUT is not/, 'POST'],
  ['several methods, in order', 'POST', '/v1/models', 405, /takes GET, HEAD/, 'GET, HEAD'],
  ['methods of a pattern with a rest', 'DELETE', '/v1/models/a/b', 405, /GET/, 'GET, HEAD'],
  ['methods of two endpoints on one path', 'PUT', '/things/7', 405, /DELETE, GET/, 'DELETE, GET'],
  ['a method that is a novel is cut', 'X'.repeat(999), '/v1/models', 405, /^X{20} is/, 'GET, HEAD'],
  ['a kept response', 'GET', '/v1/responses/resp_1', 501, /send it again in `input`/],
  ['its items', 'GET', '/v1/responses/resp_1/input_items', 501, /keeps no responses/],
  ['a conversation', 'POST', '/v1/conversations', 501, /keeps no responses/],
  ['the old completions', 'POST', '/v1/completions', 501, /\/v1\/chat\/completions/],
  ['a kept completion', 'GET', '/v1/chat/completions/chatcmpl-1', 501, /ledger/],
  ['Anthropic’s batches', 'POST', '/v1/messages/batches', 501, /one by one/],
  ['assistants', 'POST', '/v1/assistants', 501, /keep the messages/],
  ['threads', 'POST', '/v1/threads/t/runs', 501, /keep the messages/],
  ['moderations', 'POST', '/v1/moderations', 501, /directly/],
  ['images', 'POST', '/v1/images/generations', 501, /directly/],
  ['audio', 'POST', '/v1/audio/speech', 501, /directly/],
  ['videos', 'POST', '/v1/videos', 501, /directly/],
  ['files', 'POST', '/v1/files', 501, /directly/],
  ['batches', 'GET', '/v1/batches/b', 501, /directly/],
  ['vector stores', 'POST', '/v1/vector_stores', 501, /directly/],
  ['fine tuning', 'POST', '/v1/fine_tuning/jobs', 501, /directly/],
  ['no such path', 'GET', '/v2/nothing', 404, /^no such endpoint$/],
  ['a path that only begins like one', 'POST', '/v1/filesystem', 404, /^no such endpoint$/],
  ['no model at all', 'GET', '/v1/models/', 404, /did you mean \/v1\/models\?/],
  [
    'a base URL without the version',
    'POST',
    '/chat/completions',
    404,
    /did you mean \/v1\/chat\/completions\?/,
  ],
  ['a base URL with the version twice', 'POST', '/v1/v1/messages', 404, /did you mean \/v1\/messages\?/],
]
for (const [name, method, url, status, says, allow] of rows) {
  test(`unserved: ${name}`, () => {
    const told = unserved(method, url, endpoints)
    assert.equal(told.fault.status, status)
    assert.match(told.fault.message, says)
    assert.equal(told.allow, allow)
  })
}
