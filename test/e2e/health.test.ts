/** Providers, models and keys that operators take out of use by hand, over HTTP and from the command line. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { isRecord } from '../../src/base/text.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { openFirstWorker } from '../../src/cli/workers/pass-to-first.ts'
import { digestOf, makeVirtualKey } from '../../src/record/control/virtual-key.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, runCli, startGateway } from './gateway-process.ts'

const adminKey = 'an-admin-key-for-tests'
const tenantKey = makeVirtualKey()

async function start(t: TestContext, args: readonly string[] = []): Promise<GatewayProcess> {
  const [one, two] = await Promise.all(
    [1, 2].map(() => startSandbox({ inbound: inboundAdapters, clock: systemClock })),
  )
  const gateway = await startGateway(
    `providers:
  one: { dialect: openai, base_url: "${one?.address}/v1", keys: [k1, k2], models: [small, large] }
  two: { dialect: openai, base_url: "${two?.address}/v1", keys: [k3], models: [other] }
routes:
  chat: { targets: [ { provider: one, models: [small, large] }, { provider: two, models: [other] } ] }
  alone: { targets: [ { provider: one, models: [small] } ] }
access: { keys: [ { name: acme, tenant: acme, digest: "sha256:${digestOf(tenantKey)}", scopes: [admin] } ] }
rates: { mode: off }
`,
    { env: { ADAPTIVE_MIND_ADMIN_KEY: adminKey }, args },
  )
  t.after(async () => {
    await gateway.end()
    gateway.remove()
    await Promise.all([one?.close(), two?.close()])
  })
  return gateway
}

async function send(gateway: GatewayProcess, path: string, body?: unknown, key = adminKey) {
  const answer = await fetch(gateway.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(3_000),
  })
  const parsed: unknown = await answer.json()
  return { status: answer.status, body: isRecord(parsed) ? parsed : {}, headers: answer.headers }
}

async function answeredBy(gateway: GatewayProcess, model = 'chat'): Promise<string> {
  const answer = await send(gateway, '/v1/chat/completions', {
    model,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  return answer.status === 200
    ? `${answer.headers.get('x-adaptive-provider')}/${answer.headers.get('x-adaptive-model')}`
    : String(answer.status)
}

test('by hand over HTTP: a model, its provider and each key are passed over until they are released', async (t) => {
  const gateway = await start(t)
  assert.equal(await answeredBy(gateway), 'one/small')
  assert.equal((await send(gateway, '/admin/isolate', { target: 'one/small' })).status, 200)
  assert.equal(await answeredBy(gateway), 'one/large')
  const told = await send(gateway, '/admin/isolate', { target: 'one', because: 'their maintenance' })
  assert.deepEqual(told.body['circuits'], [
    { provider: 'one', state: 'isolated', because: 'their maintenance' },
    { provider: 'one', model: 'small', state: 'isolated', because: 'no reason was given' },
  ])
  assert.equal(await answeredBy(gateway), 'two/other')
  assert.equal(await answeredBy(gateway, 'alone'), '503')
  for (const target of ['one', 'one/small']) await send(gateway, '/admin/release', { target })
  assert.equal(await answeredBy(gateway), 'one/small')
  const { keys } = (await send(gateway, '/admin/health')).body
  const ofOne = (Array.isArray(keys) ? keys : []).filter(({ provider }) => provider === 'one')
  assert.equal(ofOne.length, 2)
  for (const { key } of ofOne) await send(gateway, '/admin/isolate', { target: 'one', key })
  assert.equal(await answeredBy(gateway), 'two/other')
  await send(gateway, '/admin/release', { target: 'one', key: ofOne[1]?.key })
  assert.equal(await answeredBy(gateway), 'one/small')
})

test('by hand over HTTP: it takes an admin key of no tenant, and a target that is configured', async (t) => {
  const gateway = await start(t)
  for (const path of ['/admin/isolate', '/admin/release'])
    assert.equal((await send(gateway, path, { target: 'one' }, tenantKey)).status, 403)
  assert.equal((await send(gateway, '/admin/health', undefined, tenantKey)).status, 200)
  const wrong: readonly (readonly [object, number, string])[] = [
    [{ target: 'three' }, 404, 'three'],
    [{ target: 'one', key: 'key_none' }, 400, 'key_none'],
    [{ target: 'one/small', key: 'key_none' }, 400, 'target'],
    [{ provider: 'one' }, 400, 'target'],
  ]
  for (const [body, status, word] of wrong) {
    const refused = await send(gateway, '/admin/isolate', body)
    assert.equal(refused.status, status)
    assert.match(JSON.stringify(refused.body), new RegExp(word))
  }
  assert.equal(await answeredBy(gateway), 'one/small')
})

test('by hand from the command line', async (t) => {
  const gateway = await start(t)
  const health = (...args: readonly string[]) =>
    runCli(['health', ...args, '--url', gateway.url], { ADAPTIVE_MIND_ADMIN_KEY: adminKey }, gateway.dir)
  const listed = health('list')
  assert.match(
    listed.stdout,
    /^every circuit is closed\n(key one key_\w+: free\n){2}key two key_\w+: free\n$/,
  )
  const isolated = health('isolate', 'one', '--because', 'their maintenance')
  assert.equal(isolated.status, 0, isolated.stderr)
  assert.match(isolated.stdout, /^circuit one: isolated \(their maintenance\)$/m)
  assert.equal(await answeredBy(gateway), 'two/other')
  assert.equal(health('release', 'one').status, 0)
  assert.equal(await answeredBy(gateway), 'one/small')
  const [, key = ''] = /^key two (\S+):/m.exec(listed.stdout) ?? []
  assert.match(
    health('isolate', 'two', '--key', key).stdout,
    /^key two \S+: isolated \(no reason was given\)$/m,
  )
  assert.equal(JSON.parse(health('list', '--json').stdout).keys[2].state, 'isolated')
  const refused = health('isolate', 'three')
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /there is no provider "three"/)
})

test('by hand: every process of a gateway does the same, also one that is started again', async (t) => {
  const gateway = await start(t, ['--workers', '2'])
  // A connection that was just handed to a process that is killed gets no answer.
  const asked = async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => answeredBy(gateway).catch(() => '')))
    return new Set(all.filter((one) => one !== ''))
  }
  const until = async (what: string, isReached: () => Promise<boolean>) => {
    const endMs = performance.now() + 15_000
    while (!(await isReached())) {
      assert.ok(performance.now() < endMs, what)
      await systemClock.sleep(50)
    }
  }
  const settles = (wanted: string) => until(wanted, async () => [...(await asked())].join() === wanted)
  await send(gateway, '/admin/isolate', { target: 'one' })
  await settles('two/other')
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(gateway.process.pid)], {
    encoding: 'utf8',
  })
  const [victim = 0, survivor = 0] = children.trim().split(/\s+/).map(Number)
  process.kill(victim, 'SIGKILL')
  const killedMs = performance.now()
  await until('a process younger than the end of the other', async () => {
    const told = await send(gateway, '/health/detailed').catch(() => undefined)
    // It comes rounded.
    return (Number(told?.body['uptimeS']) + 0.5) * 1_000 < performance.now() - killedMs
  })
  process.kill(survivor, 'SIGKILL')
  await systemClock.sleep(50)
  assert.deepEqual(await asked(), new Set(['two/other']))
  await send(gateway, '/admin/release', { target: 'one' })
  await settles('one/small')
})

test('workers: a first worker that is gone is a 503 and not a wait without end', async (t) => {
  const { createServer } = await import('node:http')
  const first = openFirstWorker(() => 'http://127.0.0.1:1')
  const server = createServer((request, response) => void first.pass(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.close()
    await first.close()
  })
  const bound = server.address()
  const answer = await fetch(`http://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}/v1/files`, {
    signal: AbortSignal.timeout(5_000),
  })
  assert.equal(answer.status, 503)
  assert.match(await answer.text(), /does not answer/)
})
