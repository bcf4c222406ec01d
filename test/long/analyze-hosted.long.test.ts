/** Hosted retrieval leaves nothing at the provider: whether the analysis ends well, fails, is broken off, or its process is killed. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sandboxAnswerer } from '../../src/cli/analyses/open-analyst.ts'
import { openSandbox } from '../../src/sandbox/open-sandbox.ts'
import { longTraceText } from '../analyses/long-trace.ts'
import { childEnvironment } from '../child-environment.ts'

const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
const sandbox = await openSandbox({ answerer: sandboxAnswerer() })
after(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const path = (name: string) => join(dir, name)
writeFileSync(path('long.json'), longTraceText({ runs: 35 }))
const provider = { base_url: `${sandbox.address}/v1`, keys: ['k'], models: ['analyst'], simulated: true }
writeFileSync(
  path('config.yaml'),
  JSON.stringify({
    providers: { host: { dialect: 'openai', ...provider } },
    attempts: { same_try: 1, base_ms: 1, max_ms: 1, patience_ms: 0 },
  }),
)

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `until` is told the lines so far; where it names a signal, the process is sent it. */
function analyse(until: (err: string) => NodeJS.Signals | undefined = () => undefined): Promise<Ended> {
  const args = [
    '--config',
    path('config.yaml'),
    '--data',
    path('data'),
    '--json',
    'analyze',
    path('long.json'),
  ]
  const how = ['--model', 'host/analyst', '--retrieval', 'hosted', '--expected', 'The agent has no memory']
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args, ...how], {
      cwd: dir,
      env: { ...childEnvironment, HOME: dir, TPM_LIMIT: '5000000' },
    })
    let out = ''
    let err = ''
    let isSent = false
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
      const signal = isSent ? undefined : until(err)
      isSent ||= signal !== undefined
      if (signal) child.kill(signal)
    })
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

const groups = (err: string) => err.split('\n').filter((line) => line.includes('"stage1_group_done"')).length
const book = () => readdirSync(join(path('data'), 'analyses', 'hosted')).length
/** Every second question is answered late. */
const halfLate = [{ flap: { down: 1, up: 1 }, delay_ms: 6_000 }]
const nothing = { stores: 0, files: 0 }

test('hosted: killed in the middle, the store and its files are taken away by whoever comes next', async () => {
  sandbox.setRules(halfLate)
  const killed = await analyse((err) => (groups(err) >= 1 ? 'SIGKILL' : undefined))
  assert.equal(killed.code, null)
  const { stores, files } = sandbox.stored()
  assert.equal(stores, 1)
  assert.ok(files >= 6, `${files} files`)
  assert.equal(book(), 1)
  sandbox.setRules([])
  const again = await analyse()
  assert.equal(again.code, 0, again.err)
  const report = JSON.parse(again.out)
  assert.equal(report.coverage.completion_percentage, 100)
  // Another may have been kept before its line was out.
  assert.ok(report.model_use.reused >= groups(killed.err), `${report.model_use.reused} used again`)
  assert.deepEqual(sandbox.stored(), nothing)
  assert.equal(book(), 0)
})

test('hosted: broken off by Ctrl-C, nothing stays', async () => {
  rmSync(path('data'), { recursive: true })
  sandbox.setRules(halfLate)
  const broken = await analyse((err) => (groups(err) >= 1 ? 'SIGINT' : undefined))
  assert.equal(broken.code, 0, broken.err)
  assert.ok(JSON.parse(broken.out).coverage.completion_percentage < 100)
  assert.deepEqual(sandbox.stored(), nothing)
  assert.equal(book(), 0)
})

test('hosted: the model fails, and nothing stays', async () => {
  rmSync(path('data'), { recursive: true })
  sandbox.setRules([{ status: 500 }])
  const failed = await analyse()
  sandbox.setRules([])
  assert.equal(failed.code, 0, failed.err)
  assert.equal(JSON.parse(failed.out).coverage.completion_percentage, 0)
  assert.deepEqual(sandbox.stored(), nothing)
  assert.equal(book(), 0)
})
