/** Every recorded answer of Anthropic's Messages, whole, split and cut. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isRecord, parseJson } from '../../src/base/text.ts'
import { anthropicOutbound } from '../../src/gateway/adapters/anthropic/adapter.ts'
import type { StreamPart } from '../../src/protocol/reply.ts'
import { cutPoints, frame, readPieces, recordedFiles, singly, skipWithout, smallBytes } from './recorded.ts'

const folders = ['anthropic/__fixtures__']
const skip = skipWithout(folders)
const files = recordedFiles(folders)
const seen = { whole: 0, streams: 0, splits: 0, cuts: 0 }
const unsupported = new Map<string, number>()
const count = (name: string) => unsupported.set(name, (unsupported.get(name) ?? 0) + 1)

const read = (pieces: Iterable<Uint8Array>) => readPieces(pieces, anthropicOutbound.openStream())
const last = (parts: readonly StreamPart[]) => parts.at(-1)?.kind

test('there are recorded answers', { skip }, () => assert.ok(files.length >= 50))

for (const { name, text } of files.filter((file) => file.name.endsWith('.json')))
  test(`${name} is read`, () => {
    seen.whole += 1
    const body = parseJson(text)
    const reply = anthropicOutbound.readReply(body)
    assert.ok(reply.ok)
    const [choice] = reply.value.choices
    assert.ok(choice && reply.value.usage)
    const blocks: unknown[] = isRecord(body) && Array.isArray(body['content']) ? body['content'] : []
    const cited = reply.value.unsupported.filter((odd) => odd === 'citations').length
    const held = choice.content.length + choice.toolCalls.length + reply.value.unsupported.length - cited
    assert.equal(held, blocks.length, 'every block is held or named')
    for (const odd of reply.value.unsupported) count(odd)
  })

/** Some files hold several answers, one after the other. */
function answersIn(text: string): readonly string[] {
  const answers: string[] = []
  let lines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() !== '') lines.push(line)
    if (!/"type":\s*"message_stop"/.test(line)) continue
    answers.push(lines.join('\n'))
    lines = []
  }
  return lines.length > 0 ? [...answers, lines.join('\n')] : answers
}

for (const { name, text } of files.filter((file) => file.name.endsWith('.chunks.txt'))) {
  const isDamaged = /\/(?:duplicate|spliced)-/.test(name)
  for (const [nth, answer] of answersIn(text).entries()) {
    const events = frame(answer, { named: true })
    const bytes = Buffer.from(events.join(''))

    test(`${name} #${nth} is read whole and byte by byte`, () => {
      seen.streams += 1
      const whole = read([bytes])
      assert.equal(last(whole), isDamaged ? 'broken' : 'end')
      assert.deepEqual(read(singly(bytes)), whole)
      for (const part of whole) if (part.kind === 'unsupported') count(part.name)
      if (!isDamaged) assert.equal(whole.filter((part) => part.kind === 'finish').length, 1)
    })

    test(`${name} #${nth} is the same wherever it is split`, () => {
      if (bytes.length > smallBytes) return
      const whole = read([bytes])
      for (const at of cutPoints(events)) {
        seen.splits += 1
        assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), whole, `split at ${at}`)
      }
    })

    test(`${name} #${nth} never ends well when cut before its end`, () => {
      const endEvent = events.find((event) => /"stop_reason":\s*"/.test(event)) ?? events.at(-1) ?? ''
      const endAt = bytes.indexOf(endEvent) + Buffer.byteLength(endEvent.trimEnd())
      for (const at of cutPoints(events)) {
        seen.cuts += 1
        const kind = last(read([bytes.subarray(0, at)]))
        assert.ok(kind === 'end' || kind === 'broken', `cut at ${at}`)
        if (at < endAt) assert.equal(kind, 'broken', `cut at ${at}`)
      }
    })
  }
}

after(() => {
  const named = [...unsupported].map(([name, times]) => `${name} ${times}`).join(', ')
  console.log(`anthropic dialect: ${JSON.stringify(seen)}; unsupported: ${named || 'none'}`)
})
