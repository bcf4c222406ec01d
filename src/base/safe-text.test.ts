import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeName, safeText } from './safe-text.ts'

const secrets: readonly [name: string, text: string, expected: string][] = [
  ['OpenAI', 'Incorrect API key provided: sk-proj-abcdef123456.', 'Incorrect API key provided: [key]'],
  [
    'a masked key',
    'Incorrect API key provided: sk-ab**********wxyz. See the page',
    'Incorrect API key provided: [key]. See the page',
  ],
  ['a masked key of no known kind', 'key abcd****wxyz is wrong', 'key [key] is wrong'],
  ['a key with its middle left out', 'key 9f3a...77c1 is wrong', 'key [key] is wrong'],
  ['Google', 'API key AIzaSyA1234567890abcdefghi not valid', 'API key [key] not valid'],
  ['AWS', 'AKIAIOSFODNN7EXAMPLE is unknown', '[key] is unknown'],
  ['GitHub', 'bad ghp_16C7e42F292c6912E7710c838347Ae178B4a', 'bad [key]'],
  ['Slack', 'bad xoxb-1234-5678-abcdefgh', 'bad [key]'],
  ['our own', 'bad am-0123456789abcdef0123456789abcdef', 'bad [key]'],
  ['a JSON web token', 'bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_ghi', 'bad [key]'],
  ['Bearer', 'header was Authorization: Bearer abc.def.ghi', 'header was Authorization: [key]'],
  ['Bearer alone', 'got Bearer a1b2c3d4e5', 'got Bearer [key]'],
  ['Basic', 'got Basic dXNlcjpwYXNz=', 'got Basic [key]'],
  ['a password in words', 'connect with password=hunter2 failed', 'connect with password=[key] failed'],
  ['nested JSON', '{"headers":{"x-api-key":"plain-words-only"}}', '{"headers":{"x-api-key":"[key]"}}'],
  ['a secret in JSON', '{"client_secret": "abc"}', '{"client_secret": "[key]"}'],
  ['a login', 'GET https://user:pass@host.test/x failed', 'GET https://[key]@host.test/x failed'],
  [
    'a query',
    'GET https://host.test/x?key=abc&alt=sse failed',
    'GET https://host.test/x?key=[key]&alt=[key] failed',
  ],
  ['32 hex digits', 'got 0123456789abcdef0123456789abcdef.', 'got [key]'],
  ['a UUID', 'got 3f2504e0-4f89-11d3-9a0c-0305e82c3301 here', 'got [key] here'],
  ['base64', 'got Y2FuYXJ5LXNlY3JldC0xMjM0NTY3ODkw== here', 'got [key] here'],
  ['dashes between', 'got a1b2c3-d4e5f6-a7b8c9 here', 'got [key] here'],
  ['letters alone, long and in both cases', `got ${'aBcDeFgH'.repeat(5)} here`, 'got [key] here'],
  ['digits alone', 'got 4111111111111111 here', 'got [key] here'],
  ['a private key', 'was -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', 'was [key]'],
  ['line ends and colours', 'a\r\nb\u001b[31mc\u202ed', 'a b [31mc d'],
]
for (const [name, text, expected] of secrets) {
  test(`safe text: ${name}`, () => {
    assert.equal(safeText(text), expected)
    assert.equal(safeText(safeText(text)), expected)
  })
}

const harmless: readonly string[] = [
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
  "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  'max_tokens: Field required',
  'Rate limit reached for gpt-4.1-mini in organization on tokens per min (TPM): Limit 30000, Used 29500, Requested 900. Please try again in 1.5s.',
  'The model `meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8` does not exist',
  'claude-sonnet-4-5-20250929, gemini-2.5-flash-preview-09-2025 and gpt-4o-2024-08-06 are models',
  'accounts/fireworks/models/llama-v3p3-70b-instruct',
  'request id req_011CSHoEeqs5C35K2UUqR7Fy, answer chatcmpl-9abCdEf0123456789',
  'no route or model is called "nobody" (after 3 attempts)',
  'nothing within 10000 ms (between tokens)',
  'openai/gpt-oss-120b key_3f9ab2c1: upstream_error: status 500',
  'Bearer token missing',
  'Basic authentication is required',
  'two dots .. and three ... and a star *',
  '2025-11-21T08:09:15.123Z',
  '10.0.0.1:8080 refused',
  'Größe überschritten, 超過しました',
]
for (const text of harmless)
  test(`safe text: stays: ${text.slice(0, 50)}`, () => assert.equal(safeText(text), text))

test('safe text: a hostile text takes no long time', () => {
  for (const piece of [
    'a',
    '-',
    'password',
    'a=',
    '*',
    '//',
    '?a=',
    'A1',
    'Bearer ',
    '...',
    'eyJ',
    '\u202e',
  ]) {
    const text = piece.repeat(1_000_000 / piece.length)
    const startMs = performance.now()
    assert.equal(safeText(text), safeText(text.slice(0, 4_096)))
    // Far above what a busy machine needs, and far below what a quadratic pattern would.
    assert.ok(performance.now() - startMs < 2_000, `${piece}: ${performance.now() - startMs} ms`)
  }
})

test('safe name: a code is kept, anything else is nothing', () => {
  for (const name of [
    'rate_limit_exceeded',
    'RESOURCE_EXHAUSTED',
    'messages.0.content',
    'insufficient quota',
  ])
    assert.equal(safeName(name), name)
  for (const text of ['', 'sk-abcdef1234567', '0123456789abcdef0123', 'a\nb', '<b>', 'a'.repeat(81)])
    assert.equal(safeName(text), undefined, text)
})
