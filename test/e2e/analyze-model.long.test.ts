import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { longTraceText, originOf } from '../analyses/long-trace.ts'
import { childEnvironment } from '../child-environment.ts'

const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
after(() => rmSync(dir, { recursive: true, force: true }))
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const expected = 'The agent should say that it has no memory'
const path = (name: string) => join(dir, name)
writeFileSync(path('long.json'), longTraceText({ runs: 35 }))
writeFileSync(path('short.json'), longTraceText({ runs: 5, words: 20 }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `until` is told the lines so far, and ends the process the hard way where it says so. */
function cli(
  args: readonly string[],
  env = {},
  until: (err: string) => boolean = () => false,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      cwd: dir,
      env: { ...childEnvironment, HOME: dir, ...env },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
      if (until(err)) child.kill('SIGKILL')
    })
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

const analyse = (file: string, ...more: readonly string[]) => [
  '--data',
  path('data'),
  'analyze',
  path(file),
  '--expected',
  expected,
  '--model',
  'sandbox/analyst',
  ...more,
]

const finished = (err: string) => [...err.matchAll(/^g\d\d: \d+ runs? analysed$/gm)].length

test('analyze --model: killed in the middle and run again, only the unfinished groups are asked', async () => {
  // Two groups fit into the first minute; the process ends long before the second.
  const killed = await cli(analyse('long.json'), {}, (err) => finished(err) >= 2)
  assert.equal(killed.code, null)
  const again = await cli(['--json', ...analyse('long.json')], { TPM_LIMIT: '1000000' })
  assert.equal(again.code, 0, again.err)
  const analysis = JSON.parse(again.out)
  assert.equal(analysis.coverage.completion_percentage, 100)
  assert.equal(analysis.model_use.reused, finished(killed.err))
  assert.equal(analysis.model_use.calls, 9 - finished(killed.err))
  assert.equal(analysis.origin.run_id, originOf({ runs: 35 }))
  assert.equal(analysis.method, 'simulated')
})

test('analyze --model: a plan in lines and as JSON, and nobody is asked', async () => {
  const lines = await cli(analyse('short.json', '--plan'))
  assert.match(lines.out, /^5 runs in 1 group, 4 calls, about [\d,]+ tokens in 1 minute\nends in about /)
  const json = JSON.parse((await cli(['--json', ...analyse('short.json', '--plan')])).out)
  assert.equal(json.groups, 1)
})

test('analyze --model: the report says that it is simulated, and the pack and --fail-on come with it', async () => {
  const { code, out, err } = await cli(
    analyse('short.json', '--pack', path('pack.yaml'), '--fail-on', 'high', '--retrieval', 'local'),
  )
  assert.equal(code, 1)
  assert.match(out, /SIMULATED/)
  assert.match(err, /1 hypotheses are in/)
  const refused = await cli(['hypotheses', 'apply', path('pack.yaml'), '--root', dir, '--yes'])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /is not there/)
})

const wrong: readonly [name: string, args: readonly string[], says: RegExp][] = [
  ['a model nobody has', ['--model', 'chat'], /nothing is configured/],
  [
    'an amount that is none',
    ['--model', 'sandbox/analyst', '--max-cost-usd', 'much'],
    /--max-cost-usd must be an amount/,
  ],
  ['a way nobody knows', ['--model', 'sandbox/analyst', '--retrieval', 'magic'], /inline, local, hosted/],
  ['a plan without a model', ['--plan'], /need --model/],
]
for (const [name, args, says] of wrong)
  test(`analyze --model: refused: ${name}`, async () => {
    const { code, err } = await cli(['--data', path('data'), 'analyze', path('short.json'), ...args])
    assert.equal(code, 1)
    assert.match(err, says)
  })
