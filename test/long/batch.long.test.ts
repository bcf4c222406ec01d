/** Ten thousand lines of a batch: killed twice and resumed, each stands once, and memory does not grow with them; and how much sooner lines end beside one another. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { batchSpeedUp } from '../../bench/batch-speed.ts'
import { systemClock } from '../../src/base/clock.ts'
import { startGateway, temporaryDirectory } from '../e2e/gateway-process.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const concurrency = 20

const configOf = (address: string) => `providers:
  p: { dialect: openai, base_url: "${address}/v1", keys: [k], models: [m] }
routes: { chat: { targets: [ { provider: p, models: [m] } ] } }
`

interface Provider {
  readonly address: string
  /** All of them, also those whose caller was killed meanwhile. */
  calls(): number
}

async function provider(t: TestContext, delayMs: number): Promise<Provider> {
  let calls = 0
  const body = JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  })
  const server = createServer((request, response) => {
    calls += 1
    request.resume()
    const send = () => response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    systemClock.after(delayMs, send)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}`, calls: () => calls }
}

function writeLines(file: string, count: number): void {
  const line = (at: number) => ({
    custom_id: `c${at}`,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'chat', messages: [{ role: 'user', content: `question ${at} ${'x'.repeat(900)}` }] },
  })
  writeFileSync(file, Array.from({ length: count }, (_, at) => `${JSON.stringify(line(at + 1))}\n`).join(''))
}

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  text(): string
}

function run(args: readonly string[]): Run {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    // Close to what it needs, so that what grows cannot hide behind garbage.
    env: { PATH: process.env['PATH'], NODE_OPTIONS: '--max-old-space-size=96' },
  })
  let text = ''
  const hear = (piece: Buffer) => {
    text += piece
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, ended, text: () => text }
}

/** Resident memory, MB; 0 once it has ended, also while nobody has taken note of its end: its status names no memory then. */
function memoryMb(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

/** The largest memory until `isOver`, looked at ten times a second. */
async function mostMemoryMb(pid: number | undefined, isOver: () => boolean): Promise<number> {
  let most = 0
  while (!isOver()) {
    most = Math.max(most, memoryMb(pid))
    await systemClock.sleep(100)
  }
  return most
}

test('batch run: 10,000 lines, killed twice and resumed', async (t) => {
  const dir = temporaryDirectory()
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const upstream = await provider(t, 5)
  const [input, out, file] = ['in.jsonl', 'out.jsonl', 'gateway.yaml'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  const lines = 10_000
  writeLines(input, lines)
  writeFileSync(file, configOf(upstream.address))
  const args = ['batch', 'run', input, '--out', out, '--config', file, '--data', join(dir, 'data')]
  const start = () => run([...args, '--concurrency', String(concurrency), '--resume', '--json'])
  for (const after of [1_500, 3_000]) {
    const killed = start()
    while (upstream.calls() < after) await systemClock.sleep(10)
    killed.child.kill('SIGKILL')
    await killed.ended
  }
  const last = start()
  let isOver = false
  const code = last.ended.then((given) => {
    isOver = true
    return given
  })
  const early = await mostMemoryMb(last.child.pid, () => isOver || upstream.calls() >= 6_000)
  const late = await mostMemoryMb(last.child.pid, () => isOver)
  assert.equal(await code, 0, last.text())
  const ids = new Set<string>()
  let results = 0
  for await (const line of createInterface({ input: createReadStream(out) })) {
    results += 1
    ids.add(JSON.parse(line).custom_id)
  }
  const repeats = upstream.calls() - lines
  t.diagnostic(
    `${repeats} calls repeated; ${early.toFixed(0)} MB until line 6,000, then ${late.toFixed(0)} MB`,
  )
  assert.deepEqual([results, ids.size], [lines, lines])
  assert.ok(repeats <= 2 * concurrency, `${repeats} lines were asked again`)
  assert.ok(early > 0 && late > 0, 'memory was looked at before and after line 6,000')
  assert.ok(late <= early * 1.3, `${early} MB until line 6,000, then ${late} MB`)
})

test('batch run: lines of a constant second end sooner beside one another', async (t) => {
  const upstream = await provider(t, 1_000)
  const gateway = await startGateway(configOf(upstream.address))
  t.after(async () => {
    await gateway.kill()
    gateway.remove()
  })
  const of4 = await batchSpeedUp(gateway.url, { lines: 4, workers: 4, rounds: 3 })
  const of100 = await batchSpeedUp(gateway.url, { lines: 100, workers: 20, rounds: 1 })
  t.diagnostic(`4 lines: ${of4.toFixed(2)}, 100 lines by 20: ${of100.toFixed(2)}`)
  assert.ok(of4 >= 3.9, `${of4}`)
  assert.ok(of100 >= 19, `${of100}`)
})
