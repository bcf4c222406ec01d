import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { digestOf, makeVirtualKey } from '../../src/record/control/virtual-key.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { childEnvironment } from '../child-environment.ts'
import { runCli, temporaryDirectory } from '../e2e/gateway-process.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

const key = makeVirtualKey()

interface Team {
  readonly url: string
  readonly dir: string
  readonly process: ChildProcess
  errors(): string
  end(): Promise<number | null>
}

async function team(sandbox: Sandbox, limits: string, workers = 2): Promise<Team> {
  const dir = temporaryDirectory()
  const file = join(dir, 'gateway.yaml')
  writeFileSync(
    file,
    `providers: { p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: p, models: [m] } ], cache: { mode: write } } }
access: { keys: [ { name: acme, tenant: acme, digest: "sha256:${digestOf(key)}", scopes: [admin], limits: ${limits} } ] }
rates: { mode: off }
`,
  )
  const args = [
    'serve',
    '--workers',
    String(workers),
    '--port',
    '0',
    '--quiet',
    '--config',
    file,
    '--data',
    join(dir, 'data'),
  ]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: childEnvironment,
  })
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
    void ended.then((code) => reject(new Error(`exit ${code}: ${errors}`)))
  })
  const end = () => {
    child.kill('SIGTERM')
    return ended
  }
  open.push({ close: () => end().then(() => rmSync(dir, { recursive: true, force: true })) })
  return { url, dir, process: child, errors: () => errors, end }
}

async function sandbox(): Promise<Sandbox> {
  const started = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  open.push(started)
  return started
}

/** On a connection of its own, so that any worker may get it. */
async function ask({ url }: Pick<Team, 'url'>, content: string, more: object = {}) {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      connection: 'close',
      ...more,
    },
    body: JSON.stringify({ model: 'chat', temperature: 0, messages: [{ role: 'user', content }] }),
  })
  await answer.text()
  return {
    status: answer.status,
    cache: answer.headers.get('x-adaptive-cache'),
    id: answer.headers.get('x-request-id'),
  }
}

test('workers: each has its own journal; list, show, export and verify read them all', async () => {
  const provider = await sandbox()
  const started = await team(provider, '{}')
  const asked = await Promise.all(Array.from({ length: 40 }, (_, at) => ask(started, `question ${at}`)))
  assert.deepEqual(new Set(asked.map(({ status }) => status)), new Set([200]))
  const data = join(started.dir, 'data')
  const listed = await fetch(`${started.url}/v1/ledger?limit=100`, {
    headers: { authorization: `Bearer ${key}` },
  })
  const page = (await listed.json()) as { data: { requestId: string }[] }
  assert.equal(page.data.length, 40)
  assert.equal(await started.end(), 0, started.errors())
  const entries = JSON.parse(runCli(['ledger', 'list', '--limit', '100', '--json', '--data', data]).stdout)
  assert.equal(entries.length, 40)
  const journals = new Set(entries.map(({ journalId }: { journalId: string }) => journalId))
  assert.ok(journals.size >= 2, `${journals.size} journals`)
  for (const { id } of asked.slice(0, 5))
    assert.match(runCli(['ledger', 'show', id ?? '', '--data', data]).stdout, /SUCCESS/)
  assert.equal(runCli(['ledger', 'verify', '--data', data]).status, 0)
  const lines = runCli(['ledger', 'export', '--data', data])
    .stdout.split('\n')
    .filter((line) => line.includes('"requestId"'))
  assert.equal(lines.length, 40)
  const spent = JSON.parse(runCli(['spend', '--by', 'key', '--json', '--data', data]).stdout)
  assert.equal(spent[0].requests, 40)
  // A changed entry of any journal is found.
  const victim = join(data, 'workers', '2', 'journal.sqlite')
  execFileSync(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '-e',
    `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(victim)}); db.exec("UPDATE entries SET json = replace(json, 'SUCCESS', 'FAILURE') WHERE seq = 1")`,
  ])
  assert.equal(runCli(['ledger', 'verify', '--data', data]).status, 1)
})

test('workers: limits, cache and idempotency keys are shared without a Redis', async () => {
  const provider = await sandbox()
  const limited = await team(provider, '{ requests_per_minute: 20 }')
  const asked = await Promise.all(Array.from({ length: 60 }, (_, at) => ask(limited, `question ${at}`)))
  assert.equal(asked.filter(({ status }) => status === 200).length, 20)
  const free = await team(provider, '{}')
  await ask(free, 'the same')
  const calls = provider.attempts.length
  const again = await Promise.all(Array.from({ length: 12 }, () => ask(free, 'the same')))
  assert.deepEqual(new Set(again.map(({ cache }) => cache)), new Set(['hit']))
  assert.equal(provider.attempts.length, calls)
  const once = []
  for (let at = 0; at < 6; at += 1) once.push(await ask(free, 'once', { 'idempotency-key': 'k1' }))
  assert.equal(new Set(once.map(({ id }) => id)).size, 1)
})

test('workers: files and batches are kept by one and served by all', async () => {
  const provider = await sandbox()
  const started = await team(provider, '{}')
  const sdk = () =>
    new OpenAI({
      baseURL: `${started.url}/v1`,
      apiKey: key,
      maxRetries: 0,
      defaultHeaders: { connection: 'close' },
    })
  const line = (id: number) =>
    JSON.stringify({
      custom_id: `c${id}`,
      url: '/v1/chat/completions',
      body: { model: 'chat', messages: [{ role: 'user', content: `Hello ${id}` }] },
    })
  const content = Buffer.from(Array.from({ length: 20 }, (_, at) => line(at)).join('\n'))
  const file = await sdk().files.create({ file: await toFile(content, 'in.jsonl'), purpose: 'batch' })
  let batch = await sdk().batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  })
  while (batch.status !== 'completed') {
    await systemClock.sleep(50)
    batch = await sdk().batches.retrieve(batch.id)
  }
  const text = await (await sdk().files.content(batch.output_file_id ?? '')).text()
  assert.equal(text.trimEnd().split('\n').length, 20)
})

test('workers: one that is killed is started again, and callers are answered meanwhile', async () => {
  const provider = await sandbox()
  const started = await team(provider, '{}')
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(started.process.pid)], {
    encoding: 'utf8',
  })
  const [victim] = children.trim().split(/\s+/).map(Number)
  process.kill(victim ?? 0, 'SIGKILL')
  const endMs = performance.now() + 10_000
  for (let at = 0; !/worker \d ended \(SIGKILL\): it is started again/.test(started.errors()); at += 1) {
    assert.ok(performance.now() < endMs, started.errors())
    // What was on its way to it is reset: nobody waits for an answer that cannot come.
    const over = new AbortController()
    const told = ask(started, `meanwhile ${at}`).then(
      ({ status }) => status,
      () => 'reset',
    )
    const came = await Promise.race([told, systemClock.sleep(5_000, over.signal).then(() => 'nothing')])
    over.abort()
    assert.ok(came === 200 || came === 'reset', String(came))
  }
  for (let at = 0; at < 10; at += 1) assert.equal((await ask(started, `after ${at}`)).status, 200)
  assert.equal(await started.end(), 0)
})

test('workers: a number that is none is wrong use', () => {
  assert.equal(runCli(['serve', '--workers', '0']).status, 2)
  assert.match(runCli(['serve', '--workers', 'many']).stderr, /from 1 to 64/)
})
