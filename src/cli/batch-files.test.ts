import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { wrongFiles } from './batch-files.ts'

const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
test.after(() => rmSync(dir, { recursive: true, force: true }))
writeFileSync(join(dir, 'in.jsonl'), '')
writeFileSync(join(dir, 'there.jsonl'), '')
mkdirSync(join(dir, 'folder'))
symlinkSync(join(dir, 'in.jsonl'), join(dir, 'link.jsonl'))
const before = readdirSync(dir)

const rows: readonly [name: string, file: string, out: string, resume: boolean, expected?: RegExp][] = [
  ['well', 'in.jsonl', 'out.jsonl', false],
  ['well, to go on with', 'in.jsonl', 'there.jsonl', true],
  ['nothing to go on with yet', 'in.jsonl', 'out.jsonl', true],
  ['no requests', 'none.jsonl', 'out.jsonl', false, /none\.jsonl cannot be read$/],
  ['requests in a directory', 'folder', 'out.jsonl', false, /folder is a directory: name the file with/],
  [
    'no place for results',
    'in.jsonl',
    'nowhere/out.jsonl',
    false,
    /there is no directory .+nowhere for --out/,
  ],
  ['results that are there', 'in.jsonl', 'there.jsonl', false, /there\.jsonl exists: --resume goes on/],
  ['results in a directory', 'in.jsonl', 'folder', true, /folder is a directory: name a file/],
  ['one file for both', 'in.jsonl', 'in.jsonl', true, /^--out is the file with the requests/],
  [
    'one file for both, by another name',
    'in.jsonl',
    'link.jsonl',
    true,
    /^--out is the file with the requests/,
  ],
]
for (const [name, file, out, resume, expected] of rows)
  test(`files of a batch: ${name}`, () => {
    const wrong = wrongFiles({ file: join(dir, file), out: out && join(dir, out), resume })
    if (expected === undefined) assert.equal(wrong, undefined)
    else assert.match(wrong ?? '', expected)
    assert.deepEqual(readdirSync(dir), before)
  })
