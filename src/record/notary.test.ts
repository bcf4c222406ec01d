import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { ChatRequest, Message } from '../protocol/chat.ts'
import type { LedgerPreviews, LedgerRecord } from '../protocol/ledger-entry.ts'
import { createNotary, makePreviews } from './notary.ts'
import { createPromptHasher } from './prompt-hash.ts'

const say = (...texts: string[]): ChatRequest => ({
  dialect: 'openai',
  model: 'm',
  tools: [],
  stream: false,
  streamUsage: false,
  body: {},
  unmapped: [],
  messages: texts.map((text): Message => ({ role: 'user', content: [{ kind: 'text', text }] })),
})
const hasher = createPromptHasher(Buffer.alloc(32, 7))
const hash = (request: ChatRequest, tenant = 't') => hasher.hashPrompt(request, tenant)

const rows: readonly [name: string, one: string, other: string, isEqual: boolean][] = [
  ['the same text', hash(say('hi')), hash(say('hi')), true],
  ['line ends and outer space', hash(say(' a\r\nb ')), hash(say('a\nb')), true],
  ['composed and decomposed letters', hash(say('é')), hash(say('e\u0301')), true],
  ['an earlier message', hash(say('x', 'hi')), hash(say('y', 'hi')), false],
  ['where messages are divided', hash(say('a', 'b')), hash(say('a\nb')), false],
  ['another tenant', hash(say('hi')), hash(say('hi'), 'u'), false],
  [
    'another installation',
    hash(say('hi')),
    createPromptHasher(Buffer.alloc(32, 8)).hashPrompt(say('hi'), 't'),
    false,
  ],
]
for (const [name, one, other, isEqual] of rows) {
  test(`prompt hash: ${name} ${isEqual ? 'changes nothing' : 'changes it'}`, () =>
    assert.equal(one === other, isEqual))
}

test('previews: redacted, cut, or off', () => {
  const texts = {
    initialPrompt: `mail jo@example.com ${'x'.repeat(2_000)}`,
    finalResponse: 'y'.repeat(2_000),
  }
  assert.deepEqual(makePreviews('off', texts), {})
  const redacted = makePreviews('redacted', texts)
  assert.match(redacted.initialPrompt ?? '', /^mail \[email\] x+…$/)
  assert.deepEqual([redacted.initialPrompt?.length, redacted.finalResponse?.length], [512, 1_024])
  assert.match(makePreviews('full', texts).initialPrompt ?? '', /^mail jo@example\.com/)
})

test('commitments: the salted hash of each preview, and no preview in the entry', async () => {
  const written: { record: LedgerRecord; previews: LedgerPreviews; salt: string }[] = []
  const notary = createNotary({
    installationKey: Buffer.alloc(32, 7),
    previews: () => 'full',
    ledger: {
      intend: async () => ({ ok: true }),
      close: async () => {},
      record: async (record, previews, salt) => {
        written.push({ record, previews, salt })
        return { ok: true }
      },
    },
  })
  await notary.record({ requestId: 'r' } as LedgerRecord, { initialPrompt: 'a secret thought' })
  const [one] = written
  assert.ok(one)
  const expected = createHash('sha256')
    .update(Buffer.from(one.salt, 'hex'))
    .update('a secret thought')
    .digest('hex')
  assert.equal(one.record.commitments.initialPrompt, expected)
  assert.ok(!JSON.stringify(one.record).includes('secret thought'))
})
