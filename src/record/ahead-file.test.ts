import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openAheadFile, readAhead } from './ahead-file.ts'
import { entryLine, readEntryLine } from './journal-port.ts'
import { LineBlocks } from './line-blocks.ts'

function fileIn(t: { after(work: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-ahead-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return join(dir, 'ahead.log')
}

const blockOf = (line: string) => new LineBlocks().add(line)

function blocksOf(...lines: readonly string[]) {
  const blocks = new LineBlocks()
  for (const line of lines) blocks.add(line)
  return blocks.all()
}

/** What stands in its files. */
const bytesOf = (path: string) => [path, `${path}.2`].map((file) => readFileSync(file, 'utf8')).join('')

const intent = (requestId: string) => JSON.stringify({ requestId, route: 'a\tb\nc' })

test('write-ahead file: what runs and what has ended is there when it is read again, without what was withdrawn', (t) => {
  const path = fileIn(t)
  const file = openAheadFile(path)
  for (const id of ['a', 'b', 'c']) file.intend(id, intent(id))
  file.withdraw('b')
  file.enter('a', blockOf('["entry of a"]'))
  file.write()
  const left = readAhead(path)
  assert.deepEqual(left.entries, ['["entry of a"]'])
  assert.deepEqual([...left.intents.keys()], ['a', 'c'])
  assert.equal(left.intents.get('c'), intent('c'))
  file.close()
})

test('write-ahead file: of two requests whose ids end alike one ends, and the other still runs', (t) => {
  const path = fileIn(t)
  const file = openAheadFile(path)
  t.after(() => file.close())
  for (const id of ['one-aaaa', 'two-aaaa']) file.intend(id, intent(id))
  file.enter('one-aaaa', blockOf('["entry of one"]'))
  file.write()
  file.shorten(blocksOf())
  assert.deepEqual([...readAhead(path).intents], [['two-aaaa', intent('two-aaaa')]])
})

test('write-ahead file: begun anew it holds what runs and what the journal lacks, in less room', (t) => {
  const path = fileIn(t)
  const file = openAheadFile(path)
  t.after(() => file.close())
  file.intend('stays', intent('stays'))
  for (let at = 0; at < 100; at += 1) {
    file.intend(`r${at}`, intent(`r${at}`))
    file.enter(`r${at}`, blockOf(`[${'x'.repeat(1_000)}]`))
  }
  file.write()
  assert.ok(file.bytes() > 100_000)
  file.shorten(blocksOf('["the last"]', '["é…漢"]'))
  file.wipe()
  assert.ok(bytesOf(path).length < 150, bytesOf(path))
  file.intend('next', intent('next'))
  file.write()
  const left = readAhead(path)
  assert.deepEqual(
    [left.entries, [...left.intents.keys()]],
    [
      ['["the last"]', '["é…漢"]'],
      ['stays', 'next'],
    ],
  )
})

test('write-ahead file: a line that was cut off is nothing, and what an older process left is gone once it is opened', (t) => {
  const path = fileIn(t)
  const first = openAheadFile(path)
  first.intend('a', intent('a'))
  first.write()
  first.close()
  appendFileSync(path, '{"requestId":"cut"}')
  assert.deepEqual([...readAhead(path).intents.keys()], ['a'])
  openAheadFile(path).close()
  assert.equal(readAhead(path).intents.size, 0)
  assert.deepEqual(readAhead(`${path}.none`), { entries: [], intents: new Map() })
})

test('write-ahead file: lines that stood there before are not read again, and are gone once they are wiped', (t) => {
  const path = fileIn(t)
  const file = openAheadFile(path)
  t.after(() => file.close())
  const enter = (id: string, words: string) => {
    file.intend(id, intent(id))
    file.enter(id, blockOf(`["${id}","${words}"]`))
    file.write()
  }
  for (let at = 0; at < 20; at += 1) enter(`old${at}`, 'old words '.repeat(20))
  file.shorten(blocksOf())
  for (let at = 0; at < 20; at += 1) enter(`older${at}`, 'old words '.repeat(20))
  file.intend('runs', intent('runs'))
  file.shorten(blocksOf())
  enter('new', 'new words')
  const left = readAhead(path)
  assert.deepEqual([left.entries, [...left.intents.keys()]], [['["new","new words"]'], ['runs', 'new']])
  assert.ok(bytesOf(path).includes('old words'))
  file.wipe()
  assert.ok(!bytesOf(path).includes('old'), bytesOf(path))
  assert.deepEqual(readAhead(path), left)
})

/** What is left where a process dies while `damage` is all that came of its last write to the file. */
function leftAfter(t: Parameters<typeof fileIn>[0], damage: (file: string, path: string) => void) {
  const path = fileIn(t)
  const file = openAheadFile(path)
  file.intend('first', intent('first'))
  file.write()
  file.shorten(blocksOf('["carried over"]'))
  file.intend('second', intent('second'))
  file.write()
  file.close()
  damage(`${path}.2`, path)
  const { entries, intents } = readAhead(path)
  return [...entries, ...intents.keys()]
}

const cutBy = (bytes: number) => (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -bytes))

const damages: readonly [
  name: string,
  damage: (file: string, path: string) => void,
  left: readonly string[],
][] = [
  ['nothing', () => {}, ['["carried over"]', 'first', 'second']],
  ['the last letter', cutBy(1), ['["carried over"]', 'first']],
  [
    'a letter in the last lines',
    (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('second', 'sEcond')),
    ['["carried over"]', 'first'],
  ],
  ['all but a part of the first lines of the new file', cutBy(100), ['first']],
  ['the new file', (file) => rmSync(file), ['first']],
  ['both files', (file, path) => [file, path].map((one) => rmSync(one)), []],
]
for (const [name, damage, left] of damages)
  test(`write-ahead file: where ${name} is missing, what was written whole is read`, (t) => {
    assert.deepEqual(leftAfter(t, damage), left)
  })

test('write-ahead file: of the lines in one block each is written once, and of those that stand there later too', (t) => {
  const path = fileIn(t)
  const file = openAheadFile(path)
  t.after(() => file.close())
  const blocks = new LineBlocks()
  const enter = (...ids: readonly string[]) => {
    for (const id of ids) file.enter(id, blocks.add(`["${id}"]`))
    file.write()
  }
  enter('a', 'b')
  enter('c')
  enter()
  assert.deepEqual(readAhead(path).entries, ['["a"]', '["b"]', '["c"]'])
  blocks.free(blocks.take(1))
  enter('d')
  assert.deepEqual(readAhead(path).entries.slice(3), ['["d"]'])
})

test('write-ahead file: what an earlier version left is read', (t) => {
  const path = fileIn(t)
  writeFileSync(path, `${intent('a')}\n${intent('b')}\n+["b"]\t{}\n`)
  const { entries, intents } = readAhead(path)
  assert.deepEqual([entries, [...intents.keys()]], [['["b"]\t{}'], ['a', 'b']])
})

test('write-ahead file: lines larger than what is written at once, and letters of several bytes', (t) => {
  const path = fileIn(t)
  const file = openAheadFile(path)
  t.after(() => file.close())
  const long = JSON.stringify({ requestId: 'long', text: '漢'.repeat(200_000) })
  file.intend('short', intent('short'))
  file.intend('long', long)
  file.enter('entry', blockOf(`["${'é'.repeat(300_000)}"]`))
  file.write()
  file.intend('next', intent('next'))
  file.write()
  const { entries, intents } = readAhead(path)
  assert.deepEqual([...intents.keys()], ['short', 'long', 'next'])
  assert.equal(intents.get('long'), long)
  assert.deepEqual(entries, [`["${'é'.repeat(300_000)}"]`])
})

test('write-ahead file: it can be made to outlive a loss of power', async (t) => {
  const path = fileIn(t)
  const file = openAheadFile(path)
  file.intend('a', intent('a'))
  file.write()
  assert.equal(await file.flushed(), true)
  file.close()
  assert.equal(await file.flushed(), false)
})

test('entry line: columns with tabs, line ends and nothing at all come back as they were', () => {
  const entry = {
    requestId: 'a',
    atUtc: 'now',
    outcome: 'SUCCESS',
    provider: null,
    model: 'm\tn\n',
    tenant: 't "x"',
    route: 'é…漢',
    json: JSON.stringify({ text: 'a\tb\nc' }),
  }
  const { json, requestId, atUtc, outcome, provider, model, tenant, route } = entry
  const columns = [requestId, atUtc, outcome, provider, model, tenant, route]
  assert.deepEqual(readEntryLine(entryLine(entry)), { columns, json, salt: '', previews: '', content: '' })
  const line = entryLine(entry, { previews: { salt: '00', json: '{"a":"\\n"}' }, content: 'c2VhbGVk' })
  assert.ok(!line.includes('\n'))
  const read = readEntryLine(line)
  assert.deepEqual([read.salt, read.previews, read.content], ['00', '{"a":"\\n"}', 'c2VhbGVk'])
})
