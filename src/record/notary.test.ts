import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { memoryConfig } from '../config/memory-config.ts'
import { configSchema } from '../config/schema.ts'
import type { ChatRequest, Message } from '../protocol/chat.ts'
import type { KeptBeside, LedgerRecord } from '../protocol/ledger-entry.ts'
import { createContentBox } from './content-box.ts'
import { createNotary, hashSubject, type KeepingRules, makePreviews } from './notary.ts'
import { createPromptHasher } from './prompt-hash.ts'
import { createRedactor, redact } from './redact.ts'

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
const installationKey = Buffer.alloc(32, 7)
const hasher = createPromptHasher(installationKey)
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

const { ledger } = memoryConfig(configSchema.parse({}))
const rules = (previews: 'off' | 'redacted' | 'full'): KeepingRules => ({ ...ledger, previews })

/** A notary whose ledger is a list. */
function openList(now: KeepingRules) {
  const written: { record: LedgerRecord; kept: KeptBeside }[] = []
  const notary = createNotary({
    installationKey,
    rules: () => now,
    turn: async () => {},
    ledger: {
      intend: async () => ({ ok: true }),
      close: async () => {},
      record: async (record, kept) => {
        written.push({ record, kept })
        return { ok: true }
      },
    },
  })
  return { notary, written }
}
const bare = { requestId: 'r', tenant: 't', attempts: [], metadata: {} } as unknown as LedgerRecord

test('previews: redacted, cut, or off', () => {
  const texts = {
    initialPrompt: `mail jo@example.com ${'x'.repeat(2_000)}`,
    finalResponse: 'y'.repeat(2_000),
  }
  assert.deepEqual(makePreviews(rules('off'), texts, redact), {})
  const redacted = makePreviews(rules('redacted'), texts, redact)
  assert.match(redacted.initialPrompt ?? '', /^mail \[email\] x+\.\.\.$/)
  assert.deepEqual([redacted.initialPrompt?.length, redacted.finalResponse?.length], [512, 1_024])
  assert.match(makePreviews(rules('full'), texts, redact).initialPrompt ?? '', /^mail jo@example\.com/)
})

test('commitments: the salted hash of each preview, and no preview in the entry', async () => {
  const { notary, written } = openList(rules('full'))
  await notary.record(bare, { initialPrompt: 'a secret thought' })
  const [one] = written
  assert.ok(one)
  const expected = createHash('sha256')
    .update(Buffer.from(one.kept.salt, 'hex'))
    .update('a secret thought')
    .digest('hex')
  assert.equal(one.record.commitments.initialPrompt, expected)
  assert.ok(!JSON.stringify(one.record).includes('secret thought'))
})

test('entries: tags, the caller’s id and what providers said are redacted; the end user is a keyed hash', async () => {
  const { notary, written } = openList(rules('redacted'))
  const fault = { code: 'upstream_error', class: 'server', message: 'jo@example.com is over quota' } as const
  const record = {
    ...bare,
    callerRequestId: 'for jo@example.com',
    metadata: { user: 'jo@example.com', team: 'blue' },
    error: { ...fault, chain: ['p/m: jo@example.com'] },
    attempts: [{ fault, because: 'jo@example.com is over quota' }],
  } as unknown as LedgerRecord
  await notary.record(record, { initialPrompt: '', endUser: 'jo@example.com' })
  const entry = written[0]?.record
  assert.ok(!JSON.stringify(written).includes('jo@'), JSON.stringify(written))
  assert.deepEqual(entry?.metadata, { user: '[email]', team: 'blue' })
  assert.equal(entry?.subjectHash, hashSubject(hasher, 'jo@example.com', 't'))
  assert.notEqual(entry?.subjectHash, hashSubject(hasher, 'jo@example.com', 'u'))
})

test('content: kept only where it is asked for, and opened only with its key, tenant and request', async () => {
  const { notary, written } = openList({ ...rules('off'), content: 'stored' })
  const { messages } = say('a secret thought')
  await notary.record(bare, { initialPrompt: 'a secret thought', finalResponse: 'so be it', messages })
  const sealed = written[0]?.kept.content ?? ''
  assert.ok(!Buffer.from(sealed, 'base64').includes('secret'))
  const about = { tenant: 't', requestId: 'r' }
  const box = createContentBox(installationKey)
  assert.deepEqual(box.open(sealed, about), {
    conversation: JSON.stringify(messages),
    finalResponse: 'so be it',
  })
  assert.equal(box.open(sealed, { ...about, tenant: 'u' }), undefined)
  assert.equal(box.open(sealed, { ...about, requestId: 's' }), undefined)
  assert.equal(createContentBox(Buffer.alloc(32, 8)).open(sealed, about), undefined)
})

test('redaction: the installation’s own patterns', () =>
  assert.equal(
    createRedactor(['ACME-\\d+'])('order ACME-77 of jo@example.com'),
    'order [redacted] of [email]',
  ))

test('prompt hash: plain where it is asked for: the same on every installation', () => {
  const plain = openList({ ...rules('off'), promptHash: 'plain' }).notary
  const expected = createHash('sha256')
    .update(JSON.stringify([['user', 'hi']]))
    .digest('hex')
  assert.equal(plain.hashPrompt(say(' hi '), 't'), expected)
  const open = plain.openTextHash('t')
  open.update('h')
  open.update('i')
  assert.equal(open.digest(), plain.hashText('hi', 'u'))
})

test('previews: the rewritten prompt too, committed to like the others', async () => {
  const { notary, written } = openList(rules('redacted'))
  await notary.record(bare, { initialPrompt: 'one', finalPrompt: 'two of jo@example.com' })
  const { record, kept } = written[0] ?? assert.fail()
  assert.equal(kept.previews.finalPrompt, 'two of [email]')
  const committed = Object.entries(record.commitments).filter(([, hash]) => hash !== undefined)
  assert.deepEqual(
    committed.map(([name]) => name),
    ['initialPrompt', 'finalPrompt'],
  )
})

const odd = [
  'é',
  'e\u0301',
  '\r\n',
  '\r',
  '\n',
  ' ',
  '日本',
  '한',
  '\u1112\u1161\u11ab',
  '🙂',
  '\ud800',
  '"',
  '\\',
  '\u0301',
  '\u2028',
  'a',
]
test('prompt hash: a long conversation has the hash it would have in one go', async () => {
  let seed = 7
  const chance = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return (seed >>> 16) % below
  }
  const text = (units: number) => {
    const pieces: string[] = []
    for (let length = 0; length < units; length += 2) pieces.push(odd[chance(odd.length)] ?? '')
    return pieces.join('')
  }
  const call = { id: 'c', name: 'f', arguments: '{"a":"é"}' }
  const long: ChatRequest = {
    ...say(text(700_000), '', ' \n ', text(1_200_000)),
    messages: [
      ...say(text(700_000), '', ' \n ', text(1_200_000)).messages,
      { role: 'assistant', content: [], toolCalls: [call, call] },
    ],
  }
  let turns = 0
  const notary = createNotary({
    ledger: { intend: async () => ({ ok: true }), record: async () => ({ ok: true }), close: async () => {} },
    installationKey,
    rules: () => rules('off'),
    turn: async () => {
      turns += 1
    },
  })
  assert.equal(await notary.hashPrompt(long, 't'), hash(long))
  assert.ok(turns > 2)
})
