/** Who may call, as users meet it: processes, keys of the command line, official SDKs. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, runCli, startGateway, temporaryDirectory } from './gateway-process.ts'

const adminKey = 'an-admin-key-for-tests'
const hello = JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Hello' }] })

async function start(
  t: TestContext,
  config?: string,
  env: Record<string, string> = {},
): Promise<GatewayProcess> {
  const gateway = await startGateway(config, { env })
  t.after(async () => {
    await gateway.kill()
    gateway.remove()
  })
  return gateway
}

/** A command beside the running gateway, on its data directory. */
function cli(gateway: GatewayProcess, ...args: readonly string[]) {
  const result = runCli([...args, '--data', join(gateway.dir, 'data'), '--json'], {}, gateway.dir)
  assert.equal(result.status, 0, result.stderr)
  return JSON.parse(result.stdout)
}

/** What a key is told of itself. */
async function ownOf({ url }: GatewayProcess, key: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/v1/key`, { headers: { 'x-api-key': key } })
  return (await answer.json()) as Record<string, unknown>
}

const chat = (gateway: GatewayProcess, key: string, body = hello) =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body,
  })

test('0.0.0.0 without an admin key: exit 2, with a message that says what to do', () => {
  const dir = temporaryDirectory()
  const { status, stdout, stderr } = runCli(['serve', '--host', '0.0.0.0', '--port', '0', '--data', dir])
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(
    stderr,
    /refusing to listen on 0\.0\.0\.0 without an admin key: set ADAPTIVE_MIND_ADMIN_KEY, or make one: /,
  )
  assert.equal(stderr.trim().split('\n').length, 1)
  const short = runCli(['serve', '--port', '0', '--data', dir], { ADAPTIVE_MIND_ADMIN_KEY: 'short' })
  assert.equal(short.status, 2)
})

test('0.0.0.0 with an admin key, or with one that was made: nobody comes in without', async (t) => {
  const byEnvironment = await start(t, undefined, { HOST: '0.0.0.0', ADAPTIVE_MIND_ADMIN_KEY: adminKey })
  const there = (gateway: GatewayProcess) => ({
    ...gateway,
    url: gateway.url.replace('0.0.0.0', '127.0.0.1'),
  })
  assert.equal((await chat(there(byEnvironment), 'none')).status, 401)
  assert.equal((await chat(there(byEnvironment), adminKey)).status, 200)
  const dir = temporaryDirectory()
  const data = join(dir, 'data')
  assert.equal(runCli(['keys', 'create', '--name', 'weak', '--data', data]).status, 0)
  assert.equal(runCli(['serve', '--host', '0.0.0.0', '--port', '0', '--data', data]).status, 2)
  const made = runCli([
    'keys',
    'create',
    '--name',
    'me',
    '--scopes',
    'admin',
    '--tenant',
    '*',
    '--data',
    data,
    '--json',
  ])
  const second = await startGateway(undefined, { dir, env: { HOST: '0.0.0.0' } })
  t.after(() => second.kill())
  assert.equal((await chat(there(second), JSON.parse(made.stdout).key)).status, 200)
})

test('keys beside a running gateway: the first closes it, each is held to its names, revoked at the next request', async (t) => {
  const gateway = await start(t)
  assert.equal((await chat(gateway, 'none')).status, 200)
  const { key, id } = cli(
    gateway,
    'keys',
    'create',
    '--name',
    'reports',
    '--routes',
    'chat',
    '--tenant',
    'acme',
    '--expires',
    '30d',
  )
  assert.match(key, /^am-[0-9a-f]{32}$/)
  assert.equal((await chat(gateway, 'none')).status, 401)
  assert.equal((await chat(gateway, key)).status, 200)
  assert.equal((await chat(gateway, key, hello.replace('chat', 'sandbox/large'))).status, 403)
  const own = await ownOf(gateway, key)
  assert.deepEqual([own.id, own.tenant, own.routes, own.scopes], [id, 'acme', ['chat'], ['inference']])
  const rotated = cli(gateway, 'keys', 'rotate', id, '--overlap', '1h')
  assert.deepEqual([(await chat(gateway, key)).status, (await chat(gateway, rotated.key)).status], [200, 200])
  const again = cli(gateway, 'keys', 'rotate', 'reports', '--overlap', '0')
  assert.deepEqual(
    [await chat(gateway, key), await chat(gateway, rotated.key), await chat(gateway, again.key)].map(
      ({ status }) => status,
    ),
    [401, 401, 200],
  )
  cli(gateway, 'keys', 'revoke', id)
  assert.equal((await chat(gateway, again.key)).status, 401)
  const listed = cli(gateway, 'keys', 'list')
  assert.deepEqual(
    cli(gateway, 'keys', 'log').map(({ actor, action }: Record<string, string>) => `${actor} ${action}`),
    ['cli key.revoke', 'cli key.rotate', 'cli key.rotate', 'cli key.create'],
  )
  assert.deepEqual(
    listed.map(({ name, state }: Record<string, string>) => [name, state]),
    [['reports', 'revoked']],
  )
  assert.doesNotMatch(JSON.stringify(listed), /am-|[0-9a-f]{64}/)
  assert.equal(await gateway.end(), 0)
  const entries = JSON.parse(gateway.ledger('list'))
  assert.deepEqual(
    entries.slice(0, 1).map(({ tenant, virtualKeyId }: Record<string, string>) => [tenant, virtualKeyId]),
    [['acme', id]],
  )
})

test('a key revoked in the middle of others’ streams: they go on, and it is refused', async (t) => {
  const sandbox = await startSandbox({
    inbound: inboundAdapters,
    clock: systemClock,
    file: { token_delay_ms: 60 },
  })
  t.after(() => sandbox.close())
  const gateway = await start(
    t,
    `providers: { house: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k1] } }\nroutes: { chat: { targets: [ { provider: house, models: [small] } ] } }\n`,
    { ADAPTIVE_MIND_ADMIN_KEY: adminKey },
  )
  const config = ['--config', join(gateway.dir, 'gateway.yaml')]
  const keys = ['one', 'two', 'three'].map((name) =>
    cli(gateway, 'keys', 'create', '--name', name, ...config),
  )
  const client = (key: string) => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })
  const streams = await Promise.all(
    keys.map(({ key }) =>
      client(key).chat.completions.create({
        model: 'chat',
        stream: true,
        messages: [{ role: 'user', content: 'Hello there, tell me of it' }],
      }),
    ),
  )
  const texts = streams.map(async (stream) => {
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    return text
  })
  cli(gateway, 'keys', 'revoke', 'two', ...config)
  await assert.rejects(
    client(keys[1].key).chat.completions.create({
      model: 'chat',
      messages: [{ role: 'user', content: 'Hi' }],
    }),
    OpenAI.AuthenticationError,
  )
  for (const text of await Promise.all(texts)) assert.match(text, /tell me of it$/)
  assert.equal((await chat(gateway, keys[0].key)).status, 200)
})

test('1,000 wrong keys: slowed, then 429 with Retry-After, and no part of a key comes back', async (t) => {
  const gateway = await start(t, undefined, { ADAPTIVE_MIND_ADMIN_KEY: adminKey })
  const { key } = cli(gateway, 'keys', 'create', '--name', 'good')
  const startMs = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async (_, at) => {
      const wrong = `am-${String(at).padStart(8, '0')}deadbeefcafef00ddeadbeef`
      const answer = await chat(gateway, wrong)
      return {
        wrong,
        status: answer.status,
        retryAfter: answer.headers.get('retry-after'),
        text: await answer.text(),
        ms: performance.now() - startMs,
      }
    }),
  )
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length > 900, `${refused.length}`)
  assert.ok(answers.every(({ status }) => status === 401 || status === 429))
  assert.ok(refused.every(({ retryAfter }) => Number(retryAfter) > 0))
  assert.ok(Math.max(...answers.filter(({ status }) => status === 401).map(({ ms }) => ms)) > 1_500)
  for (const { wrong, text } of answers)
    for (let from = 0; from + 8 <= wrong.length; from += 1)
      assert.ok(!text.includes(wrong.slice(from, from + 8)))
  assert.equal(new Set(answers.map(({ text }) => text)).size, 2)
  assert.equal((await chat(gateway, key)).status, 200)
})

test('the official SDKs: their key, their error classes', async (t) => {
  const gateway = await start(t, undefined, { ADAPTIVE_MIND_ADMIN_KEY: adminKey })
  const { key } = cli(gateway, 'keys', 'create', '--name', 'sdk', '--models', 'sandbox/*')
  const openai = (apiKey: string) => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
  const anthropic = (apiKey: string) => new Anthropic({ baseURL: gateway.url, apiKey, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const asked = { model: 'sandbox/small', messages }
  assert.equal((await openai(key).chat.completions.create(asked)).object, 'chat.completion')
  assert.equal((await anthropic(key).messages.create({ ...asked, max_tokens: 9 })).type, 'message')
  await assert.rejects(openai('none').chat.completions.create(asked), OpenAI.AuthenticationError)
  await assert.rejects(
    anthropic('none').messages.create({ ...asked, max_tokens: 9 }),
    Anthropic.AuthenticationError,
  )
  await assert.rejects(
    openai(key).chat.completions.create({ ...asked, model: 'chat' }),
    OpenAI.PermissionDeniedError,
  )
  await assert.rejects(
    anthropic(key).messages.create({ ...asked, model: 'chat', max_tokens: 9 }),
    Anthropic.PermissionDeniedError,
  )
  const bearer = new Anthropic({ baseURL: gateway.url, authToken: key, apiKey: null, maxRetries: 0 })
  assert.equal((await bearer.messages.create({ ...asked, max_tokens: 9 })).type, 'message')
})

test('a key of the file: the same in every process, by its digest', async (t) => {
  const made = runCli(['keys', 'create', '--name', 'fleet', '--for-file', '--tenant', 'acme', '--json'])
  const { key, row } = JSON.parse(made.stdout)
  const text = `providers: { openai: { keys: [x], models: [m] } }\naccess: { keys: [ ${JSON.stringify(row)} ] }\n`
  const gateway = await start(t, text)
  const config = join(gateway.dir, 'gateway.yaml')
  const own = await ownOf(gateway, key)
  assert.deepEqual([own.id, own.tenant], ['file:fleet', 'acme'])
  assert.equal((await fetch(`${gateway.url}/v1/key`)).status, 401)
  const revoked = runCli(['keys', 'revoke', 'fleet', '--config', config, '--data', join(gateway.dir, 'data')])
  assert.equal(revoked.status, 1)
  assert.match(revoked.stderr, /stands in the configuration file/)
  writeFileSync(config, text.replace(/access.*\n/, 'access: { keys: [] }\n'))
  for (let turn = 0; turn < 60 && !/in force now: access/.test(gateway.errors()); turn += 1)
    await systemClock.sleep(50)
  const after = await ownOf(gateway, key)
  assert.equal(after.kind, 'open')
})

test('a key can be revoked where the configuration cannot be read', () => {
  const dir = temporaryDirectory()
  const data = ['--data', join(dir, 'data')]
  const config = join(dir, 'a.yaml')
  writeFileSync(config, 'providers: { openai: { keys: ["${NOT_SET_HERE}"] } }\n')
  assert.equal(runCli(['keys', 'create', '--name', 'leaked', ...data]).status, 0)
  const revoked = runCli(['keys', 'revoke', 'leaked', '--config', config, ...data])
  assert.equal(revoked.status, 0)
  assert.match(revoked.stderr, /NOT_SET_HERE is not set/)
})

test('stored keys: sealed, sent to their address, and gone when the address is changed', async (t) => {
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const other = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  t.after(() => Promise.all([sandbox.close(), other.close()]))
  const yaml = (address: string) =>
    `providers: { house: { dialect: openai, base_url: "${address}/v1", stored_keys: true } }\nroutes: { chat: { targets: [ { provider: house, models: [small] } ] } }\n`
  const gateway = await start(t, yaml(sandbox.address))
  const config = join(gateway.dir, 'gateway.yaml')
  const data = join(gateway.dir, 'data')
  assert.equal((await chat(gateway, 'none')).status, 503)
  const set = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      'src/cli/main.ts',
      'secrets',
      'set',
      'house',
      '--config',
      config,
      '--data',
      data,
    ],
    { input: 'canary-stored-secret\n', encoding: 'utf8' },
  )
  assert.equal(set.status, 0, set.stderr)
  await systemClock.sleep(600)
  assert.equal((await chat(gateway, 'none')).status, 200)
  const listed = await (await fetch(`${gateway.url}/admin/secrets`)).text()
  assert.ok(listed.includes(new URL(sandbox.address).port) && !listed.includes('canary'))
  writeFileSync(config, yaml(other.address))
  for (let turn = 0; turn < 60 && !/stored key\(s\) were cleared/.test(gateway.errors()); turn += 1)
    await chat(gateway, 'none')
  assert.match(gateway.errors(), /the address of house was changed: 1 stored key\(s\) were cleared/)
  assert.equal((await chat(gateway, 'none')).status, 503)
  writeFileSync(config, yaml(sandbox.address))
  await systemClock.sleep(400)
  assert.equal((await chat(gateway, 'none')).status, 503)
})
