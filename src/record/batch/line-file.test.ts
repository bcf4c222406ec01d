import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createLineSet, cutTornLine, openLineWriter, readLines } from './line-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
const file = join(dir, 'lines.jsonl')
after(() => rmSync(dir, { recursive: true, force: true }))

const torn: readonly [name: string, before: string, after: string][] = [
  ['whole lines', '{"a":1}\n{"b":2}\n', '{"a":1}\n{"b":2}\n'],
  ['a torn last line', '{"a":1}\n{"b":', '{"a":1}\n'],
  ['one torn line alone', '{"a":', ''],
  ['a long torn line', `{"a":1}\n${'x'.repeat(200_000)}`, '{"a":1}\n'],
  ['a character torn in two', `{"a":1}\n{"b":"${'ü'.repeat(3)}`, '{"a":1}\n'],
  ['nothing', '', ''],
]
for (const [name, before, is] of torn)
  test(`line file: ${name}`, async () => {
    writeFileSync(file, before)
    await cutTornLine(file)
    assert.equal(readFileSync(file, 'utf8'), is)
  })

test('line file: a file that is not there is not made', () => cutTornLine(join(dir, 'none')))

test('line file: lines keep their numbers, whatever ends them, and empty ones are passed over', async () => {
  writeFileSync(file, '\uFEFFone\r\n\r\n  \nGrüße 👋\nlast')
  const lines: string[] = []
  for await (const { number, text } of readLines(file)) lines.push(`${number} ${text}`)
  assert.deepEqual(lines, ['1 one', '4 Grüße 👋', '5 last'])
})

test('line file: what cannot be read is told', async () => {
  await assert.rejects(async () => {
    for await (const _line of readLines(join(dir, 'none')));
  }, /ENOENT/)
})

test('line file: lines of several writers at once never mix', async () => {
  rmSync(file)
  const writer = await openLineWriter(file)
  const lines = Array.from({ length: 200 }, (_, at) => `${at}:${'x'.repeat(5_000)}`)
  await Promise.all(lines.map((line) => writer.append(line)))
  await writer.close()
  assert.deepEqual(readFileSync(file, 'utf8').trimEnd().split('\n'), lines)
})

test('line file: a set of line numbers', () => {
  const set = createLineSet()
  for (const number of [1, 9, 100_000, 9]) set.add(number)
  assert.deepEqual(
    [1, 2, 9, 99_999, 100_000, 5_000_000].map((number) => set.has(number)),
    [true, false, true, false, true, false],
  )
  assert.equal(set.size(), 3)
})
