import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../src/cli/main.ts')

test('demo: no caller of the gateway fails while most calls to the first provider alone do', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'demo-'))
  t.after(() => rmSync(data, { recursive: true }))
  const args = ['--disable-warning=ExperimentalWarning', main, '--json', '--data', data, 'demo']
  const { stdout } = await run(process.execPath, [...args, '--seconds', '6', '--rate', '20'])
  const told = JSON.parse(stdout)
  assert.equal(told.simulated, true)
  assert.deepEqual([told.through.sent, told.through.answered, told.through.failed], [120, 120, 0])
  assert.equal(told.direct.sent, 120)
  // First is broken for 62 % of the run.
  assert.ok(told.direct.failed >= 60 && told.direct.failed <= 90, `${told.direct.failed} failed`)
  assert.ok(told.gateway.failovers.provider > 0)
  const ledger = await run(process.execPath, [
    ...['--disable-warning=ExperimentalWarning', main],
    ...['--data', join(data, 'demo'), 'ledger', 'verify'],
  ])
  assert.match(ledger.stdout, /120/)
})

test('demo: wrong options are refused with exit code 2', async () => {
  const args = ['--disable-warning=ExperimentalWarning', main, 'demo', '--seconds', 'many']
  await assert.rejects(run(process.execPath, args), { code: 2 })
})
