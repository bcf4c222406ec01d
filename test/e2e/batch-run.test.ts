import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { childEnvironment } from '../child-environment.ts'
import { runCli, startGateway, temporaryDirectory } from './gateway-process.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

interface Place {
  readonly dir: string
  readonly sandbox: Sandbox
  readonly input: string
  readonly out: string
  args(...more: string[]): string[]
  results(): {
    id: string
    custom_id: string | null
    response: { status_code: number; body: object }
    error: object
  }[]
}

async function place(lines: readonly string[], delayMs = 0): Promise<Place> {
  const dir = temporaryDirectory()
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  open.push(sandbox, { close: () => rmSync(dir, { recursive: true, force: true }) })
  sandbox.setRules(delayMs > 0 ? [{ delay_ms: delayMs }] : [])
  const [input, out, file] = ['in.jsonl', 'out.jsonl', 'gateway.yaml'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(input, `${lines.join('\n')}\n`)
  writeFileSync(
    file,
    `providers: { p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [m, gone] } }
routes: { chat: { targets: [ { provider: p, models: [m] } ] } }
`,
  )
  return {
    dir,
    sandbox,
    input,
    out,
    args: (...more) => [
      'batch',
      'run',
      input,
      '--out',
      out,
      '--config',
      file,
      '--data',
      join(dir, 'data'),
      ...more,
    ],
    results: () =>
      readFileSync(out, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  }
}

const line = (id: string, model = 'chat') =>
  JSON.stringify({
    custom_id: id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model, messages: [{ role: 'user', content: `Grüße ${id}` }] },
  })
const many = (count: number) => Array.from({ length: count }, (_, at) => line(`c${at + 1}`))

/** Runs beside the test, whose own sandbox must go on answering. */
function start(args: readonly string[], env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, ...args],
    {
      env: { ...childEnvironment, ...env },
    },
  )
  let text = ''
  const hear = (piece: Buffer) => {
    text += piece
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, ended, text: () => text }
}

test('batch run: every line once, whatever is wrong with some', async () => {
  const { args, results, out } = await place([
    line('a'),
    'nonsense',
    line('b', 'nobody-knows-it'),
    JSON.stringify({ custom_id: 'v', url: '/v1/embeddings', body: { model: 'chat', input: ['x'] } }),
    JSON.stringify({ custom_id: 'r', url: '/v1/responses', body: { model: 'chat', input: 'Hello' } }),
    line('c'),
  ])
  const run = start([...args('--concurrency', '2'), '--json'])
  assert.equal(await run.ended, 0, run.text())
  const summary = JSON.parse(run.text().trim().split('\n').at(-1) ?? '')
  assert.deepEqual([summary.lines, summary.total, summary.failed, summary.out], [6, 6, 2, out])
  const byId = new Map(results().map((result) => [result.custom_id, result]))
  assert.equal(byId.size, 6)
  assert.deepEqual([...byId].map(([id, { response }]) => `${id} ${response?.status_code}`).sort(), [
    'a 200',
    'b 404',
    'c 200',
    'null undefined',
    'r 200',
    'v 200',
  ])
  assert.match(JSON.stringify(byId.get('a')?.response.body), /"object":"chat.completion"/)
  assert.match(JSON.stringify(byId.get('r')?.response.body), /"object":"response"/)
  assert.match(JSON.stringify(byId.get('b')?.error), /unknown_model/)
})

test('batch run: killed twice and resumed, each line stands once and repeats are few', async () => {
  const lines = 300
  const concurrency = 10
  const { args, results, sandbox, out } = await place(many(lines), 30)
  for (const after of [60, 160]) {
    const run = start(args('--concurrency', String(concurrency), '--resume', '--quiet'))
    await until(() => sandbox.attempts.length >= after)
    run.child.kill('SIGKILL')
    await run.ended
  }
  // A kill may tear the line that was being written.
  writeFileSync(out, '{"id":"batch_req_', { flag: 'a' })
  const last = start(args('--concurrency', String(concurrency), '--resume'))
  assert.equal(await last.ended, 0, last.text())
  const ids = results().map(({ custom_id: id }) => id)
  assert.equal(ids.length, lines)
  assert.equal(new Set(ids).size, lines)
  const repeats = sandbox.attempts.length - lines
  assert.ok(repeats <= 2 * concurrency, `${repeats} lines were asked again`)
  assert.match(last.text(), /300 of 300 lines, 300 answered, 0 failed/)
})

test('batch run: Ctrl-C ends cleanly and says how to go on', async () => {
  const { args, results, sandbox } = await place(many(200), 50)
  const run = start(args('--concurrency', '5'))
  await until(() => sandbox.attempts.length >= 20)
  run.child.kill('SIGINT')
  assert.equal(await run.ended, 1)
  assert.match(run.text(), /go on with: adaptive-mind batch run .* --resume/)
  assert.equal(results().length, sandbox.attempts.length)
})

test('batch run: results that are there are not written over', async () => {
  const { args, out } = await place(many(1))
  writeFileSync(out, 'precious\n')
  const { status, stderr } = runCli(args())
  assert.equal(status, 2)
  assert.match(stderr, /exists: --resume goes on with it/)
  assert.equal(readFileSync(out, 'utf8'), 'precious\n')
})

const wrong: readonly [name: string, args: string[], says: RegExp][] = [
  [
    'no such file',
    ['batch', 'run', '/nowhere.jsonl', '--out', '/tmp/x.jsonl'],
    /\/nowhere\.jsonl cannot be read/,
  ],
  ['no number', ['batch', 'run', main, '--out', '/nowhere/x', '--concurrency', 'many'], /from 1 to 1000/],
  ['no output', ['batch', 'run', main], /--out/],
]
for (const [name, args, says] of wrong)
  test(`batch run: ${name} is wrong use`, () => {
    const { status, stderr } = runCli(args)
    assert.equal(status, 2)
    assert.match(stderr, says)
  })

test('batch run: a running gateway may answer, and its limits are waited for', async () => {
  const { args, results, sandbox } = await place(many(12))
  const gateway = await startGateway(
    `providers: { p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: p, models: [m] } ] } }
shedding: { in_flight: 3 }
`,
  )
  open.push({ close: () => gateway.kill().then(() => gateway.remove()) })
  const run = start([...args('--concurrency', '6'), '--url', gateway.url])
  assert.equal(await run.ended, 0, run.text())
  assert.equal(results().filter(({ response }) => response.status_code === 200).length, 12)
})

test('batch run: one that finds the data directory in use says what to do', async () => {
  const { args, dir } = await place(many(1))
  const gateway = await startGateway(undefined, { dir })
  open.push({ close: () => gateway.kill() })
  const { status, stderr } = runCli(args())
  assert.equal(status, 1)
  assert.match(stderr, /--url http/)
  assert.throws(() => statSync(join(dir, 'out.jsonl')))
})

async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (performance.now() < endMs) {
    if (isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('it did not come to be')
}
