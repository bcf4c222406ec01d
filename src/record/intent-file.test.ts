import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openIntentFile } from './intent-file.ts'

function fileIn(t: { after(work: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-intents-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return join(dir, 'intents.ndjson')
}

const intent = (requestId: string, filler = '') => [requestId, JSON.stringify({ requestId, filler })]

test('intent file: what is open is there again when the file is opened again, without what was withdrawn', (t) => {
  const path = fileIn(t)
  const first = openIntentFile(path, 'full')
  first.append([...intent('a'), ...intent('b'), ...intent('c')])
  first.withdraw(['b'])
  first.close()
  const second = openIntentFile(path, 'normal')
  assert.deepEqual(
    [...second.open()],
    [
      ['a', intent('a')[1]],
      ['c', intent('c')[1]],
    ],
  )
  second.end('a')
  second.append(intent('d'))
  assert.deepEqual([...second.open().keys()], ['c', 'd'])
  second.close()
})

test('intent file: a line that was cut off is nothing, and the next one is whole', (t) => {
  const path = fileIn(t)
  const first = openIntentFile(path, 'normal')
  first.append(intent('a'))
  first.close()
  appendFileSync(path, '{"requestId":"cut')
  const second = openIntentFile(path, 'normal')
  second.append(intent('b'))
  second.close()
  const third = openIntentFile(path, 'normal')
  assert.deepEqual([...third.open().keys()], ['a', 'b'])
  third.close()
})

test('intent file: grown long it is written anew with the open ones alone', (t) => {
  const path = fileIn(t)
  const file = openIntentFile(path, 'normal')
  t.after(() => file.close())
  file.append(intent('stays'))
  for (let at = 0; at < 1_200; at += 1) {
    file.append(intent(`r${at}`, 'x'.repeat(1_000)))
    file.end(`r${at}`)
  }
  assert.ok(statSync(path).size < 1_048_576, String(statSync(path).size))
  assert.match(readFileSync(path, 'utf8'), /^\{"requestId":"stays"/)
})
