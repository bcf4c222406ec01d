import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createEngine } from '../../src/index.ts'
import type { Ledger, LedgerRecord } from '../../src/protocol/ledger-entry.ts'
import { openLedgerReader } from '../../src/record/ledger-reader.ts'
import { openSandbox } from '../../src/sandbox/index.ts'

const messages = [{ role: 'user', content: 'Hello from inside' }]

test('embedded: a whole answer, a stream, and both in the ledger, after the first provider failed', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'embedded-'))
  const broken = await openSandbox()
  broken.setRules([{ status: 503 }])
  const healthy = await openSandbox()
  const provider = (address: string, key: string) => ({
    dialect: 'openai',
    base_url: `${address}/v1`,
    keys: [`\${${key}}`],
    models: ['small'],
  })
  const engine = await createEngine(
    {
      providers: { first: provider(broken.address, 'KEY'), second: provider(healthy.address, 'KEY') },
      routes: {
        chat: {
          targets: [
            { provider: 'first', models: ['small'] },
            { provider: 'second', models: ['small'] },
          ],
        },
      },
      attempts: { base_ms: 1 },
    },
    { dataDir, env: { KEY: 'secret-1' } },
  )
  t.after(async () => {
    await Promise.all([broken.close(), healthy.close()])
    rmSync(dataDir, { recursive: true })
  })
  const answer = await engine.chat({ model: 'chat', messages })
  assert.ok(answer.ok)
  assert.match(JSON.stringify(answer.value.body), /Hello from inside/)
  assert.equal(answer.value.meta.provider, 'second')
  const stream = await engine.stream({ model: 'chat', messages })
  assert.ok(stream.ok)
  const kinds: string[] = []
  let text = ''
  for await (const part of stream.value.parts) {
    kinds.push(part.kind)
    if (part.kind === 'text') text += part.text
  }
  assert.match(text, /Hello from inside$/)
  assert.equal(kinds.at(-1), 'end')
  assert.equal(healthy.attempts.at(-1)?.key, 'secret-1')
  const bad = await engine.chat({ model: 'chat' })
  assert.equal(bad.ok ? '' : bad.fault.status, 400)
  await engine.close()
  const opened = openLedgerReader(dataDir)
  assert.ok(opened.ok)
  const reader = opened.value
  assert.deepEqual(
    reader.list({ limit: 10 }).map(({ outcome }) => outcome),
    ['SUCCESS', 'SUCCESS'],
  )
  reader.close()
})

test('embedded: every mistake of the configuration is named', async () => {
  await assert.rejects(createEngine('providers: {}\ntimeout: 3'), /timeout.*timeouts/s)
})

test('embedded: without a data directory nothing is written and answers come', async (t) => {
  const sandbox = await openSandbox()
  const engine = await createEngine(
    `providers: { house: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [small] } }`,
  )
  t.after(() => sandbox.close())
  const answer = await engine.chat({ model: 'house/small', messages })
  assert.equal(answer.ok && answer.value.meta.model, 'small')
  await engine.close()
})

test('embedded: what a caller does to its body afterwards changes neither a second try nor the ledger', async () => {
  const records: LedgerRecord[] = []
  const prompts: unknown[] = []
  const sandbox = await openSandbox()
  sandbox.setRules([{ times: 1, status: 503 }])
  const ledger: Ledger = {
    intend: async () => ({ ok: true }),
    async record(record, { previews }) {
      records.push(record)
      prompts.push(previews)
      return { ok: true }
    },
    close: async () => {},
  }
  const engine = await createEngine(
    {
      providers: {
        p: { dialect: 'openai', base_url: `${sandbox.address}/v1`, keys: ['k'], models: ['small'] },
      },
      routes: { chat: { targets: [{ provider: 'p', models: ['small'] }] } },
      attempts: { base_ms: 1 },
    },
    { ledger },
  )
  const body = { model: 'chat', messages: [{ role: 'user', content: 'as it was asked' }] }
  const answering = engine.chat(body)
  for (const message of body.messages) message.content = 'changed'
  const answer = await answering
  assert.match(JSON.stringify(answer), /as it was asked/)
  assert.equal(records[0]?.attempts.length, 2)
  assert.match(JSON.stringify(prompts), /as it was asked/)
  assert.doesNotMatch(JSON.stringify(prompts), /changed/)
  const circle: Record<string, unknown> = { model: 'chat', messages }
  circle['circle'] = circle
  const refused = await engine.chat(circle)
  assert.equal(refused.ok ? '' : refused.fault.code, 'invalid_request')
  await engine.close()
  await sandbox.close()
})
