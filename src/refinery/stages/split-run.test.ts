import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitRun } from './split-run.ts'

const count = async (text: string) => [...text].length
const textOf = (...texts: readonly string[]) => ({
  runId: 'a',
  place: 1,
  head: '{}',
  sections: texts.map((text) => ({ title: 'output assistant', text })),
  whole: [],
  leftOut: 0,
})

const rows: readonly [name: string, texts: readonly string[], most: number, parts: number][] = [
  ['a run that fits is whole', ['hello'], 1_000, 1],
  ['a run without text has one part', [], 1_000, 1],
  ['sections are kept whole where they can be', ['x'.repeat(500), 'y'.repeat(500)], 800, 2],
  ['a section that is too large is cut', ['x'.repeat(5_000)], 1_000, 7],
  ['no character is cut', ['😀'.repeat(2_000)], 1_000, 3],
]
for (const [name, texts, most, parts] of rows)
  test(`split: ${name}`, async () => {
    const made = await splitRun(textOf(...texts), most, count)
    assert.equal(made.length, parts)
    assert.ok(made.every(({ tokens }) => tokens <= most))
    const joined = made.flatMap(({ sections }) => sections.map(({ text }) => text)).join('')
    assert.equal(joined, texts.join(''))
    assert.ok(
      joined.isWellFormed() &&
        made.every(({ sections }) => sections.every(({ text }) => text.isWellFormed())),
    )
    assert.deepEqual(
      made.map(({ part, parts: of }) => `${part}/${of}`),
      made.map((_, at) => `${at + 1}/${made.length}`),
    )
  })
