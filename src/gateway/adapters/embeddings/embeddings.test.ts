import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmbeddingRequest } from '../../../protocol/embedding.ts'
import { geminiEmbeddings } from './gemini.ts'
import { openaiEmbeddings } from './openai.ts'
import { readEmbeddings } from './read-request.ts'
import { checkVectors, dimensionsOf, toBase64, toNumbers } from './vector.ts'
import { writeEmbeddings } from './write-reply.ts'

function request(body: Record<string, unknown>): EmbeddingRequest {
  const read = readEmbeddings({ model: 'm', ...body })
  assert.ok(read.ok, read.ok ? '' : read.fault.message)
  return read.value
}

const inputRows: readonly [name: string, input: unknown, inputs: unknown][] = [
  ['a text', 'Hi', ['Hi']],
  ['texts', ['Hi', 'Ho'], ['Hi', 'Ho']],
  ['tokens are one input', [1, 2, 3], [[1, 2, 3]]],
  ['lists of tokens', [[1, 2], [3]], [[1, 2], [3]]],
]
for (const [name, input, inputs] of inputRows) {
  test(`embeddings request: ${name}`, () => assert.deepEqual(request({ input }).inputs, inputs))
}

const wrongRows: readonly [name: string, body: Record<string, unknown>, param: string][] = [
  ['no input', {}, 'input'],
  ['no texts', { input: [] }, 'input'],
  ['texts and tokens at once', { input: ['a', 1] }, 'input'],
  ['a list without tokens', { input: [[]] }, 'input.0'],
  ['no dimensions', { input: 'a', dimensions: 0 }, 'dimensions'],
  ['an encoding nobody has', { input: 'a', encoding_format: 'hex' }, 'encoding_format'],
]
for (const [name, body, param] of wrongRows) {
  test(`embeddings request: ${name} is refused by name`, () => {
    const read = readEmbeddings({ model: 'm', ...body })
    assert.ok(!read.ok)
    assert.deepEqual([read.fault.status, read.fault.param], [400, param])
  })
}

test('embeddings: the same dialect is sent the caller’s body, whole or the part of one call', () => {
  const asked = request({
    input: ['a', 'b', 'c'],
    encoding_format: 'base64',
    custom: 1,
    models: ['x'],
    adaptive: {},
  })
  const whole = openaiEmbeddings.writeRequest(asked, asked.inputs, 't')
  assert.deepEqual(whole.body, { model: 't', input: ['a', 'b', 'c'], encoding_format: 'base64', custom: 1 })
  const part = openaiEmbeddings.writeRequest(asked, ['c'], 't')
  assert.deepEqual(part.body['input'], ['c'])
  const single = request({ input: [1, 2] })
  assert.deepEqual(openaiEmbeddings.writeRequest(single, single.inputs, 't').body['input'], [1, 2])
})

test('embeddings: Gemini is asked for a batch, and what it cannot take is named', () => {
  const asked = request({ input: ['a', 'b'], dimensions: 8, user: 'u' })
  const { path, body, dropped } = geminiEmbeddings.writeRequest(asked, asked.inputs, 'gemini-embedding-001')
  assert.equal(path, '/models/gemini-embedding-001:batchEmbedContents')
  assert.deepEqual(body, {
    requests: ['a', 'b'].map((text) => ({
      model: 'models/gemini-embedding-001',
      content: { parts: [{ text }] },
      outputDimensionality: 8,
    })),
  })
  assert.deepEqual(dropped, ['user'])
})

const row = (index: number, embedding: unknown) => ({ object: 'embedding', index, embedding })
const usage = { prompt_tokens: 5, total_tokens: 5 }
const replyRows: readonly [name: string, body: unknown, expected: unknown][] = [
  [
    'vectors',
    { data: [row(0, [1, 2]), row(1, [3, 4])], model: 'x', usage },
    {
      model: 'x',
      vectors: [
        [1, 2],
        [3, 4],
      ],
      inputTokens: 5,
    },
  ],
  [
    'vectors in another order',
    { data: [row(1, [3, 4]), row(0, [1, 2])] },
    {
      model: '',
      vectors: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  [
    'base64',
    { data: [row(0, toBase64([1, 2])), row(1, toBase64([3, 4]))] },
    { model: '', vectors: [toBase64([1, 2]), toBase64([3, 4])] },
  ],
  ['too few', { data: [row(0, [1])] }, 'upstream_malformed'],
  ['of several lengths', { data: [row(0, [1]), row(1, [1, 2])] }, 'upstream_malformed'],
  ['of nothing', { data: [row(0, []), row(1, [])] }, 'upstream_malformed'],
  ['of words', { data: [row(0, ['a']), row(1, ['b'])] }, 'upstream_malformed'],
  ['no base64', { data: [row(0, '!!'), row(1, '!!')] }, 'upstream_malformed'],
  ['half a float', { data: [row(0, 'AAA='), row(1, 'AAA=')] }, 'upstream_malformed'],
  ['no list', { object: 'list' }, 'upstream_malformed'],
  ['no object', 'hello', 'upstream_malformed'],
  [
    'an error with a success status',
    { error: { message: 'no credit', type: 'insufficient_quota', code: 'insufficient_quota' } },
    'upstream_quota',
  ],
]
for (const [name, body, expected] of replyRows) {
  test(`embeddings reply: ${name}`, () => {
    const read = openaiEmbeddings.readReply(body, 2)
    assert.deepEqual(read.ok ? read.value : read.fault.code, expected)
  })
}

test('embeddings reply: Gemini’s, with and without usage', () => {
  const embeddings = [{ values: [1, 2] }, { values: [3, 4] }]
  const read = geminiEmbeddings.readReply({ embeddings }, 2)
  assert.deepEqual(read.ok && read.value, {
    model: '',
    vectors: [
      [1, 2],
      [3, 4],
    ],
  })
  const told = geminiEmbeddings.readReply({ embeddings, usageMetadata: { promptTokenCount: 7 } }, 2)
  assert.equal(told.ok && told.value.inputTokens, 7)
  assert.ok(!geminiEmbeddings.readReply({ embeddings: [{}] }, 1).ok)
})

test('vectors: base64 and back without losing a bit', () => {
  const numbers = [0.0057293195, -0.012727811, 1 / 3, 1e-30, 0, 3.4e38].map(Math.fround)
  const back = toNumbers(toBase64(numbers))
  assert.deepEqual(back.map(Math.fround), numbers)
  assert.equal(JSON.stringify(toNumbers(toBase64([0.1, 0.0057293195]))), '[0.1,0.0057293195]')
  assert.deepEqual([dimensionsOf(numbers), dimensionsOf(toBase64(numbers))], [6, 6])
  assert.ok(checkVectors([numbers, toBase64(numbers)], 2).ok)
})

test('embeddings answer: in the encoding the caller wants, estimated usage told as such', () => {
  const vectors = [[0.5, 1], toBase64([1, 2])]
  const float = writeEmbeddings(
    { model: 'x', vectors, inputTokens: 3 },
    { encoding: 'float', inputs: ['a', 'b'] },
  )
  assert.deepEqual(float, {
    object: 'list',
    data: [row(0, [0.5, 1]), row(1, [1, 2])],
    model: 'x',
    usage: { prompt_tokens: 3, total_tokens: 3 },
  })
  const base64 = writeEmbeddings(
    { model: 'x', vectors },
    { encoding: 'base64', inputs: ['abcdefgh', [1, 2, 3]] },
  )
  assert.deepEqual(base64['data'], [row(0, toBase64([0.5, 1])), row(1, toBase64([1, 2]))])
  assert.deepEqual([base64['usage'], base64['adaptive']], [usage, { usage: 'estimated' }])
})
