import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LineBlock, LineBlocks, readLines } from './line-blocks.ts'

const linesOf = (blocks: LineBlocks) => blocks.all().flatMap((block) => [...readLines(block)])

const lastOf = ({ bytes, used }: LineBlock, line: string) =>
  bytes.toString('utf8', used - Buffer.byteLength(line) - 1, used)

const rows: readonly [name: string, lines: readonly string[]][] = [
  ['none', []],
  ['one', ['a']],
  ['letters of several bytes, and one without any', ['é…漢🙂', '', 'b']],
  ['one that no block holds', ['a', 'x'.repeat(300_000), 'b']],
  ['one that no block holds for its letters', ['a', '漢'.repeat(100_000), 'b']],
  ['more than one block holds', Array.from({ length: 500 }, (_, at) => `${at} ${'y'.repeat(2_000)}`)],
]
for (const [name, lines] of rows)
  test(`line blocks: ${name}`, () => {
    const blocks = new LineBlocks()
    const added = lines.map((line) => lastOf(blocks.add(line), line))
    assert.deepEqual(
      added,
      lines.map((line) => `${line}\n`),
    )
    assert.deepEqual(linesOf(blocks), lines)
    assert.equal(blocks.lines, lines.length)
    assert.equal(
      blocks.used,
      lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
    )
  })

test('line blocks: a line may come in parts', () => {
  const blocks = new LineBlocks()
  assert.equal(blocks.add('a', '', 'é', '漢'.repeat(100_000)).used, 1 + 2 + 300_000 + 1)
  blocks.add('b', 'c')
  assert.deepEqual(linesOf(blocks), [`aé${'漢'.repeat(100_000)}`, 'bc'])
})

test('line blocks: what was taken and given back comes before what was added since', () => {
  const blocks = new LineBlocks()
  for (const line of ['a', 'b']) blocks.add(line)
  const taken = blocks.take(1)
  assert.deepEqual([blocks.lines, blocks.used], [0, 0])
  blocks.add('c')
  blocks.giveBack(taken)
  blocks.add('d')
  assert.deepEqual(linesOf(blocks), ['a', 'b', 'c', 'd'])
  assert.deepEqual([blocks.lines, blocks.used], [4, 8])
})

test('line blocks: as many are taken as hold no more lines than are wanted, and one in any case', () => {
  const blocks = new LineBlocks()
  for (let at = 0; at < 6; at += 1) blocks.add(`${at} ${'z'.repeat(80_000)}`)
  const sizes = blocks.all().map(({ lines }) => lines)
  assert.ok(sizes.length > 2)
  const [first = 0, second = 0] = sizes
  assert.equal(blocks.take(first + second).length, 2)
  assert.equal(blocks.take(0).length, 1)
  assert.equal(blocks.take(Number.POSITIVE_INFINITY).length, sizes.length - 3)
  assert.deepEqual([blocks.take(1), blocks.lines, blocks.used], [[], 0, 0])
})

test('line blocks: a free one holds the next lines, and nothing of the last', () => {
  const blocks = new LineBlocks()
  blocks.add('the first one')
  const taken = blocks.take(1)
  blocks.add('in another')
  blocks.free(taken)
  blocks.take(1)
  blocks.add('next')
  assert.equal(blocks.all()[0]?.shared, taken[0]?.shared)
  assert.deepEqual(linesOf(blocks), ['next'])
})

test('line blocks: one made for a long line is not kept', () => {
  const blocks = new LineBlocks()
  blocks.add('x'.repeat(300_000))
  const taken = blocks.take(1)
  blocks.free(taken)
  blocks.add('next')
  assert.notEqual(blocks.all()[0]?.shared, taken[0]?.shared)
})
