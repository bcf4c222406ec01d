import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { applyChange } from './apply-change.ts'

const change = {
  file_path: 'prompts/a.md',
  change_type: 'prompt_modification' as const,
  description: 'x',
  original_content: 'old\n',
  new_content: 'new\n',
}

function folder(t: { after(then: () => void): void }): string {
  const root = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'prompts'))
  return root
}

test('apply: a file that stands as the pack knows it is changed', (t) => {
  const root = folder(t)
  writeFileSync(join(root, 'prompts/a.md'), 'old')
  assert.ok(applyChange(root, change).ok)
  assert.equal(readFileSync(join(root, 'prompts/a.md'), 'utf8'), 'new\n')
})

test('apply: a new file is made, with its folder', (t) => {
  const root = folder(t)
  assert.ok(applyChange(root, { ...change, file_path: 'evals/deep/b.md', original_content: '' }).ok)
  assert.equal(readFileSync(join(root, 'evals/deep/b.md'), 'utf8'), 'new\n')
})

const refused: readonly [
  name: string,
  set: (root: string) => void,
  path: string,
  before: string,
  says: RegExp,
][] = [
  [
    'that has changed since',
    (root) => writeFileSync(join(root, 'prompts/a.md'), 'else'),
    'prompts/a.md',
    'old',
    /has changed/,
  ],
  ['that is not there', () => {}, 'prompts/a.md', 'old', /not there/],
  [
    'that is there already',
    (root) => writeFileSync(join(root, 'prompts/a.md'), 'else'),
    'prompts/a.md',
    '',
    /already/,
  ],
  ['elsewhere', () => {}, '../a.md', '', /not a place/],
  ['behind a link out', (root) => symlinkSync(tmpdir(), join(root, 'evals')), 'evals/a.md', '', /leads out/],
]
for (const [name, set, path, before, says] of refused)
  test(`apply: not a file ${name}`, (t) => {
    const root = folder(t)
    set(root)
    const applied = applyChange(root, { ...change, file_path: path, original_content: before })
    assert.ok(!applied.ok)
    assert.match(applied.fault, says)
  })
