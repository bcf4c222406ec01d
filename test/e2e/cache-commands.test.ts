import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { childEnvironment } from '../child-environment.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

async function rig(more = ''): Promise<{ sandbox: Sandbox; gateway: GatewayProcess }> {
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const gateway = await startGateway(
    `providers: { p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: p, models: [m] } ], cache: { mode: read } } }
${more}`,
  )
  open.push(sandbox, { close: () => gateway.kill().then(() => gateway.remove()) })
  return { sandbox, gateway }
}

/** Beside this process, whose sandbox must go on answering. */
function cli(...args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: childEnvironment,
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (piece) => {
    out += piece
  })
  child.stderr.on('data', (piece) => {
    err += piece
  })
  return new Promise((resolve) => child.once('exit', (status) => resolve({ status, out, err })))
}

const ask = async ({ url }: GatewayProcess, content: string) => {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', temperature: 0, messages: [{ role: 'user', content }] }),
  })
  await answer.text()
  return answer.headers.get('x-adaptive-cache')
}

test('cache warm: asks each once with a bar and a rate; then all are hits, told and cleared', async () => {
  const { sandbox, gateway } = await rig()
  const customers = Array.from({ length: 200 }, (_, at) => `Customer ${at + 1}`)
  const file = join(gateway.dir, 'prewarm.yaml')
  writeFileSync(file, JSON.stringify({ customers, questions: ['What is open for {customer}?'] }))
  const warm = await cli('cache', 'warm', file, '--url', gateway.url)
  assert.equal(warm.status, 0, warm.err)
  assert.match(warm.err, /\[=+\] {2}100 % {2}200 of 200 {2}\d+\.\d\/s/)
  assert.match(warm.out, /^200 warmed, 0 known already, 0 failed, \d+\.\d a second/)
  assert.equal(sandbox.attempts.length, 200)
  assert.equal(await ask(gateway, 'What is open for Customer 7?'), 'hit')
  const again = await cli('cache', 'warm', file, '--url', gateway.url, '--json')
  assert.deepEqual([JSON.parse(again.out).known, sandbox.attempts.length], [200, 200])
  const stats = await cli('cache', 'stats', '--url', gateway.url)
  assert.match(stats.out, /Hit share so far: 50\.\d %\nmemory: 200 answers/)
  const { memory } = JSON.parse((await cli('cache', 'stats', '--url', gateway.url, '--json')).out)
  assert.ok(memory.p50Ms < 5, `${memory.p50Ms}`)
  assert.equal(
    (await cli('cache', 'clear', '--tenant', 'nobody', '--url', gateway.url)).out,
    '0 answers were taken away\n',
  )
  assert.equal((await cli('cache', 'clear', '--url', gateway.url)).out, '200 answers were taken away\n')
  assert.equal(await ask(gateway, 'What is open for Customer 7?'), 'miss')
})

test('pre-warming: by the configured file at the start, and on order', async () => {
  const list = join(import.meta.dirname, 'prewarm-of-test.yaml')
  writeFileSync(list, 'questions: ["What is new?", "Who are you?"]\n')
  const { rmSync } = await import('node:fs')
  open.push({ close: () => rmSync(list) })
  const { sandbox, gateway } = await rig(`prewarm: { file: "${list}" }`)
  const state = async () =>
    (await (await fetch(`${gateway.url}/admin/prewarm`)).json()) as Record<string, unknown>
  await until(async () => (await state())['warmed'] === 2)
  assert.equal(sandbox.attempts.length, 2)
  assert.equal(await ask(gateway, 'Who are you?'), 'hit')
  const started = await fetch(`${gateway.url}/admin/prewarm`, { method: 'POST' })
  assert.equal(started.status, 202)
  await until(async () => {
    const { known, isRunning } = await state()
    return known === 2 && isRunning === false
  })
})

const wrong: readonly [name: string, args: string[], status: number, says: RegExp][] = [
  [
    'no gateway',
    ['cache', 'stats', '--url', 'http://127.0.0.1:1'],
    1,
    /no gateway answers at http:\/\/127\.0\.0\.1:1/,
  ],
  ['no address', ['cache', 'stats', '--url', 'here'], 2, /--url must be/],
  ['no list', ['cache', 'warm', '/nowhere.yaml'], 2, /\/nowhere\.yaml cannot be read/],
]
for (const [name, args, status, says] of wrong)
  test(`cache commands: ${name} is told`, async () => {
    const ran = await cli(...args)
    assert.equal(ran.status, status)
    assert.match(ran.err, says)
  })

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 15_000
  while (performance.now() < endMs) {
    if (await isSo()) return
    await systemClock.sleep(30)
  }
  throw new Error('it did not come to be')
}
