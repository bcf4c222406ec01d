import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const own = new URL('./keep-compiled.ts', import.meta.url).href
const other = new URL('../base/text.ts', import.meta.url).href

/** Keeps what a thread loads, in a process of its own. */
const program = `
const { keepCompiled } = await import(${JSON.stringify(own)})
const { Worker } = await import('node:worker_threads')
keepCompiled(process.env.DATA, process.env.CHECKOUT)
new Worker(\`import(${JSON.stringify(other)})\`, { eval: true })
`

const rows: readonly [name: string, there: readonly string[], keeps: string | undefined][] = [
  ['without a data directory nothing is kept, and none is made', [], undefined],
  ['kept in the data directory', ['data'], 'data/compiled'],
  ['kept in the checkout where it was begun there', ['data', 'checkout'], 'checkout'],
  ['kept in the checkout before there is a data directory', ['checkout'], 'checkout'],
]
for (const [name, there, keeps] of rows)
  test(`compiled code: ${name}`, (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
    t.after(() => rmSync(dir, { recursive: true, force: true }))
    for (const folder of there) mkdirSync(join(dir, folder))
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      env: { PATH: process.env['PATH'], DATA: join(dir, 'data'), CHECKOUT: join(dir, 'checkout') },
    })
    const kept = ['data/compiled', 'checkout'].filter(
      (folder) => existsSync(join(dir, folder)) && readdirSync(join(dir, folder)).length > 0,
    )
    assert.deepEqual(kept, keeps === undefined ? [] : [keeps])
    assert.equal(existsSync(join(dir, 'data')), there.includes('data'))
  })
