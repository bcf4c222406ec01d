/** Thirty secrets and thirty pieces of personal data, each in the company in which it really comes. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { redact, redactValue } from '../../src/record/redact.ts'
import { startGateway } from '../e2e/gateway-process.ts'

/** The part between ⟦ and ⟧ must go; what stands around it stays readable. */
const secrets: readonly string[] = [
  'Incorrect API key provided: ⟦sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8t⟧.',
  'invalid x-api-key ⟦sk-ant-api03-AAAABBBBCCCCDDDD-eeee_ffff⟧',
  'https://host/v1beta/models?key=⟦AIzaSyA1234567890abcdefghijklmnopqrstu⟧',
  'Authorization: ⟦Bearer abcdef0123456789.abc⟧',
  'authorization: ⟦basic dXNlcjpwYXNzd29yZA==⟧',
  'the token ⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXRleHQ⟧ has expired',
  'push with ⟦ghp_16C7e42F292c6912E7710c838347Ae178B4a⟧',
  'or ⟦github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz⟧',
  'slack ⟦xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy⟧',
  'stripe ⟦sk_live_4eC39HqLyjWDarjtT1zdp7dc⟧',
  'webhook ⟦whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw⟧',
  'aws ⟦AKIAIOSFODNN7EXAMPLE⟧',
  'session ⟦ASIAIOSFODNN7EXAMPLE⟧',
  'aws_secret_access_key=⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧',
  'postgres://app:⟦s3cr3t-w0rd⟧@db.internal:5432/app',
  'password: ⟦correct-horse-battery⟧',
  '{"password":"⟦hunter2hunter2⟧"}',
  '{\\"api_key\\":\\"⟦0123456789abcdef0123456789abcdef⟧\\"}',
  'the API key is ⟦9f86d081884c7d659a2feaa0c55ad015⟧',
  'client_secret=⟦GOCSPX-1a2b3c4d5e6f7g8h9i0j⟧&grant_type=code',
  'refresh_token=⟦1//0gabcdefghijklmnop⟧',
  'google ⟦ya29.a0AfH6SMBxyz0123456789⟧',
  'hugging face ⟦hf_AbCdEfGhIjKlMnOpQrStUvWxYz⟧',
  'groq ⟦gsk_abcdefghijklmnopqrstuvwx⟧',
  'xai ⟦xai-abcdefghijklmnopqrstuvwx⟧',
  'npm ⟦npm_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789⟧',
  'gitlab ⟦glpat-abcdefghij1234567890⟧',
  'sendgrid ⟦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⟧',
  'X-Api-Key: ⟦b7e23ec29af22b0b4e41da31e868d572⟧',
  '⟦-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234567890\n-----END RSA PRIVATE KEY-----⟧',
]

const personal: readonly string[] = [
  'mail ⟦jo@example.com⟧',
  'mail ⟦jo.doe+news@mail.example.co.uk⟧ today',
  '<⟦first.last@sub-domain.example.org⟧>',
  '"⟦a_b-c%d@example.io⟧"',
  'mailto:⟦jo@example.museum⟧?subject=x',
  'JO is ⟦JO@EXAMPLE.COM⟧',
  'call ⟦+49 170 1234567⟧',
  'call ⟦+1 415 555 0132⟧',
  'call ⟦+1-415-555-0132⟧',
  'call ⟦+1 (415) 555-0132⟧',
  'call ⟦(415) 555-0132⟧',
  'call ⟦415-555-0132⟧',
  'call ⟦415.555.0132⟧',
  'call ⟦+44 20 7946 0958⟧',
  'call ⟦0044 20 7946 0958⟧',
  'call ⟦+33 1 42 68 53 00⟧',
  'Ruf ⟦0170 1234567⟧ an',
  'Ruf ⟦(089) 123-4567⟧ an',
  'call ⟦+919876543210⟧',
  'card ⟦4111 1111 1111 1111⟧',
  'card ⟦4111-1111-1111-1111⟧',
  'card ⟦4111111111111111⟧',
  'card ⟦5555 5555 5555 4444⟧',
  'card ⟦378282246310005⟧',
  'card ⟦6011 1111 1111 1117⟧',
  'ssn ⟦078-05-1120⟧',
  'ssn ⟦078 05 1120⟧',
  'iban ⟦DE89 3704 0044 0532 0130 00⟧',
  'iban ⟦GB29NWBK60161331926819⟧',
  'pay ⟦FR14 2004 1010 0505 0001 3M02 606⟧ now',
]

assert.deepEqual([secrets.length, personal.length], [30, 30])
for (const marked of [...secrets, ...personal]) {
  const [before = '', canary = '', after = ''] = marked.split(/[⟦⟧]/)
  test(`canary: ${marked.replaceAll('\n', ' ').slice(0, 50)}`, () => {
    const told = redact(before + canary + after)
    for (let at = 0; at + 8 <= canary.length; at += 1)
      assert.ok(!told.includes(canary.slice(at, at + 8)), `${told} still holds a part`)
    assert.match(told, /\[(key|email|phone|card|ssn|iban)\]/)
    assert.ok(told.endsWith(after) || after.startsWith('@') || after.startsWith('?'), told)
  })
}

const plain: readonly string[] = [
  'The year 2024 had 366 days; version 1.2.3-beta.4 came on 2024-02-29 at 10:20:30.',
  'Our key insight is that tokens matter; the secret of success is passion.',
  'order 4111 1111 1111 1112, invoice 20240229-0042, 3.9200000000000004 ms',
  'https://example.com/a/b?x=1&page=2 and http://127.0.0.1:4100/v1/models',
  'req_01jd0000000000000000000000 answered by gpt-4.1-mini-2025-04-14 and claude-sonnet-4-5-20250929',
  'SELECT id FROM users WHERE id = 12345678; max_tokens: 4096, total_tokens=120',
]
for (const text of plain) test(`not redacted: ${text.slice(0, 40)}`, () => assert.equal(redact(text), text))

test('redaction of values: texts only, at any depth', () => {
  const value = { a: [{ b: 'jo@example.com', n: 4111111111111111 }], c: null, d: true }
  assert.deepEqual(redactValue(value, redact), {
    a: [{ b: '[email]', n: 4111111111111111 }],
    c: null,
    d: true,
  })
})

test('canaries: in prompts, tags, ids, headers, addresses and a provider’s errors: none in any file or line of the gateway', async (t) => {
  const marked = [...secrets, ...personal].map((text) => text.split(/[⟦⟧]/))
  const canaries = marked.map(([, canary = '']) => canary)
  const texts = marked.map((parts) => parts.join(''))
  let calls = 0
  const provider = createServer((request, response) => {
    request.resume()
    const said = texts[calls % texts.length] ?? ''
    calls += 1
    const error = {
      message: said,
      type: 'server_error',
      code: 'server_error',
      details: [{ nested: { said } }],
    }
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const { port } = provider.address() as AddressInfo
  const gateway = await startGateway(`
providers: { loud: { dialect: openai, base_url: "http://127.0.0.1:${port}/v1", keys: [sk-own-key-0123456789abcdef], models: [m] } }
routes: { chat: { targets: [ { provider: loud, models: [m] } ] } }
attempts: { max: 1 }
breaker: { trip_after: 1000000, min_calls: 1000000 }
events: { level: debug }
`)
  t.after(async () => {
    await gateway.kill()
    gateway.remove()
    provider.close()
  })
  for (const text of texts) {
    const answer = await fetch(`${gateway.url}/v1/chat/completions?note=${encodeURIComponent(text)}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-request-id': text.replace(/[^\x20-\x7e]/g, ' '),
        'x-note': text.replace(/[^\x20-\x7e]/g, ' '),
      },
      body: JSON.stringify({
        model: 'chat',
        user: text,
        messages: [{ role: 'user', content: text }],
        adaptive: { metadata: { note: text } },
      }),
    })
    await answer.text()
  }
  await systemClock.sleep(100)
  assert.equal(await gateway.end(), 0)
  assert.equal(calls, texts.length)
  const data = join(gateway.dir, 'data')
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map(({ parentPath, name }): [string, string] => [name, readFileSync(join(parentPath, name), 'latin1')])
  for (const [name, content] of [...files, ['stderr', gateway.errors()] as const])
    for (const canary of [...canaries, 'sk-own-key-0123456789abcdef'])
      assert.ok(!content.includes(Buffer.from(canary).toString('latin1')), `${name} holds ${canary}`)
  const entries = JSON.parse(gateway.ledger('list', '--limit', '100'))
  assert.equal(entries.length, texts.length)
  assert.ok(entries.some(({ error }: { error: { message: string } }) => error.message.includes('[')))
})
