import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { runCli, temporaryDirectory } from './gateway-process.ts'

const root = new URL('../..', import.meta.url).pathname
const page = readFileSync(join(root, 'docs/sandbox.md'), 'utf8')
const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
const recorded = '{"id":"rec","object":"chat.completion","choices":[]}\n'
const dir = temporaryDirectory()

interface Line {
  readonly kind: string
  readonly address?: string
  readonly model?: string
  readonly status?: number
  readonly rule?: number
  readonly does?: string
}

let child: ChildProcess
let address = ''
const lines: Line[] = []
before(async () => {
  writeFileSync(join(dir, 'rules.yaml'), example)
  writeFileSync(join(dir, 'answer.json'), recorded)
  const flags = ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts')]
  child = spawn(process.execPath, [...flags, 'sandbox', '--rules', join(dir, 'rules.yaml'), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  address = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the sandbox ended')))
    if (child.stdout)
      createInterface(child.stdout).on('line', (text) => {
        const line: Line = JSON.parse(text)
        lines.push(line)
        if (line.address) resolve(line.address)
      })
  })
})
after(() => {
  child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

interface Ask {
  readonly model?: string
  readonly key?: string
  readonly stream?: boolean
}

function ask(at: string, { model = 'small', key = 'k3', stream = false }: Ask): Promise<Response> {
  return fetch(`${at}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hello' }] }),
    signal: AbortSignal.timeout(1_000),
  })
}

/** Status and body of an answer, or how it did not come. */
async function outcome(given: Ask): Promise<string> {
  try {
    const response = await ask(address, given)
    return `${response.status} ${await response.text()}`
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'silence' : 'broken'
  }
}

const words = /^200 .*This is a simulated answer from the sandbox to: Hello/
const rows: readonly [name: string, calls: readonly [Ask, RegExp][]][] = [
  ['a plain call', [[{}, words]]],
  ['a key that is not accepted', [[{ key: 'other' }, /^401 .*not accepted/]]],
  [
    'twice limited, then well',
    [
      [{ key: 'k1' }, /^429 .*simulated error 429/],
      [{ key: 'k1' }, /^429 /],
      [{ key: 'k1' }, words],
    ],
  ],
  ['an empty account', [[{ key: 'k2' }, /^429 .*current quota.*"code":"insufficient_quota"/]]],
  [
    'flapping',
    [
      [{ model: 'shaky' }, /^503 /],
      [{ model: 'shaky' }, words],
      [{ model: 'shaky' }, words],
      [{ model: 'shaky' }, /^503 /],
    ],
  ],
  ['a cut stream', [[{ model: 'cut', stream: true }, /^200 (data: .*\n\n){3}$/]]],
  ['a slow answer', [[{ model: 'slow' }, words]]],
  ['silence', [[{ model: 'silent' }, /^silence$/]]],
  ['a reset', [[{ model: 'broken' }, /^broken$/]]],
  ['a refusal', [[{ model: 'prude' }, /^200 .*content_filter/]]],
  ['a proxy’s page', [[{ model: 'proxy' }, /^502 <html>Bad gateway<\/html>$/]]],
  [
    'a recorded answer',
    [[{ model: 'recorded' }, /^200 \{"id":"rec","object":"chat\.completion","choices":\[\]\}\n$/]],
  ],
  [
    'a recorded stream',
    [
      [
        { model: 'recorded-stream', stream: true },
        /^200 data: .*"Recorded".*\n\n.*" words".*\n\n.*"stop".*\n\ndata: \[DONE\]\n\n$/,
      ],
    ],
  ],
]
for (const [name, calls] of rows) {
  test(`sandbox example: ${name}`, async () => {
    for (const [given, expected] of calls) assert.match(await outcome(given), expected)
  })
}

test('sandbox example: every rule was met, and each call is a line', async () => {
  const expected = rows.flatMap(([, asked]) => asked).length
  const told = () => lines.filter(({ kind }) => kind === 'call')
  for (let turn = 0; turn < 100 && told().length < expected; turn += 1) await systemClock.sleep(50)
  const calls = told()
  assert.equal(calls.length, expected)
  const met = new Set(calls.map(({ rule }) => rule ?? 0))
  assert.deepEqual(
    [...met].sort((one, other) => one - other),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  )
  const limited = calls.find(({ rule }) => rule === 1)
  assert.deepEqual(
    [limited?.model, limited?.status, limited?.does],
    ['small', 429, 'fails: simulated error 429'],
  )
})

test('sandbox: rules change while it runs, from the next call on', async () => {
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const status = async () => (await ask(sandbox.address, {})).status
  const seen = [await status()]
  sandbox.setRules([{ status: 503 }])
  seen.push(await status())
  sandbox.setRules([{ status: 429, times: 1 }])
  seen.push(await status(), await status())
  sandbox.setRules([])
  seen.push(await status())
  assert.deepEqual(seen, [200, 503, 429, 200, 200])
  assert.throws(() => sandbox.setRules([{ replay: { file: 'a.json', as: 'json' } }]), /not read/)
  await sandbox.close()
})

test('sandbox: a limit that is reached says so in OpenAI’s headers', async () => {
  const sandbox = await startSandbox({
    inbound: inboundAdapters,
    clock: systemClock,
    file: { limits: { requests_per_minute: 1 } },
  })
  const first = await ask(sandbox.address, {})
  const second = await ask(sandbox.address, {})
  assert.deepEqual([first.status, first.headers.get('x-ratelimit-remaining-requests')], [200, '0'])
  assert.equal(first.headers.get('retry-after'), null)
  assert.equal(second.status, 429)
  assert.ok(Number(second.headers.get('retry-after')) > 55)
  await sandbox.close()
})

const wrong: readonly [name: string, rules: string, says: RegExp][] = [
  ['an unknown field', 'rules: [ { statsu: 503 } ]', /rules\.0: .*statsu/],
  ['a status out of range', 'rules: [ { status: 100 } ]', /rules\.0\.status: /],
  ['no YAML', 'rules: [', /wrong\.yaml: /],
  [
    'a recording that is not there',
    'rules: [ { replay: { file: gone.json, as: json } } ]',
    /rules\.0\.replay\.file: .*gone\.json/,
  ],
]
for (const [name, rules, says] of wrong) {
  test(`sandbox: ${name} is one line, exit code 2`, () => {
    const file = join(dir, 'wrong.yaml')
    writeFileSync(file, rules)
    const { status, stderr } = runCli(['sandbox', '--rules', file])
    assert.deepEqual([status, stderr.trim().split('\n').length], [2, 1])
    assert.match(stderr, says)
  })
}

test('sandbox: a taken port is named with a remedy, exit code 1; no port at all is wrong use', () => {
  const taken = runCli(['sandbox', '--port', new URL(address).port])
  assert.deepEqual([taken.status, /is taken: .*--port/.test(taken.stderr)], [1, true])
  assert.equal(runCli(['sandbox', '--port', 'many']).status, 2)
})
