import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const own = new URL('./keep-compiled.ts', import.meta.url).href
const other = new URL('../base/text.ts', import.meta.url).href

test('compiled code is kept where there is a data directory, and makes none', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const run = (dataDir: string) => {
    const code = `const { keepCompiled } = await import(${JSON.stringify(own)}); keepCompiled(${JSON.stringify(dataDir)}); await import(${JSON.stringify(other)})`
    execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      env: { PATH: process.env['PATH'] },
    })
  }
  run(join(dir, 'none'))
  assert.ok(!existsSync(join(dir, 'none')))
  run(dir)
  assert.ok(existsSync(join(dir, 'compiled')))
})
