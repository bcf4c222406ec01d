import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { model, trace } from '../../../test/refinery/detector-cases.ts'
import { categories } from '../categories.ts'
import { findFailures } from '../find-failures.ts'
import { detectors } from './all.ts'

const folder = new URL('./', import.meta.url).pathname

test('detectors: each is a file with its table of cases beside it, and each file is listed', () => {
  const files = globSync('*.ts', { cwd: folder }).filter(
    (name) => !/\.test\.ts$|^(all|detector)\.ts$/.test(name),
  )
  assert.deepEqual(files.map((name) => name.replace('.ts', '')).sort(), detectors.map(({ id }) => id).sort())
  for (const { id } of detectors) assert.ok(existsSync(`${folder}${id}.test.ts`), id)
})

test('detectors: each is one sentence, the sentence its file begins with', () => {
  for (const { id, sentence } of detectors) {
    assert.match(sentence, /^[A-Z][^.!?]{20,160}\.$/, id)
    assert.ok(readFileSync(`${folder}${id}.ts`, 'utf8').startsWith(`/** ${sentence} */`), id)
  }
})

test('detectors: each category has a place in TRAIL and in MAST', () => {
  for (const { category } of detectors) {
    assert.match(categories[category].mast, /^FM-[1-3]\.[1-6] \w/)
    assert.notEqual(categories[category].trail, '')
  }
})

test('detectors: one that is switched off says nothing, and a suppressed finding is gone', () => {
  const runs = trace(model('Assuming that it is available, I choose a1.'))
  assert.equal(findFailures(runs, { off: new Set(['unsupported-assumption']) }).findings.length, 0)
  const [finding] = findFailures(runs).findings
  assert.equal(findFailures(runs, { suppressed: new Set([finding?.id ?? '']) }).findings.length, 0)
})
