/** Every recorded chat answer of OpenAI and those who imitate it, whole, split and cut at every byte. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isRecord, parseJson } from '../../src/base/text.ts'
import { openaiOutbound } from '../../src/gateway/adapters/openai/adapter.ts'
import type { StreamPart } from '../../src/protocol/reply.ts'
import { cutPoints, frame, readPieces, recordedFiles, singly, skipWithout, smallBytes } from './recorded.ts'

const folders = [
  'openai/chat',
  'groq/__fixtures__',
  'mistral/__fixtures__',
  'deepseek/chat',
  'xai/__fixtures__',
  'openai-compatible/chat',
]
const skip = skipWithout(folders)
const files = recordedFiles(folders)
const isChat = (name: string) => !name.includes('transcription')
const seen = { whole: 0, errors: 0, streams: 0, notChat: files.filter(({ name }) => !isChat(name)).length }
const unsupported: string[] = []

const read = (pieces: Iterable<Uint8Array>) => readPieces(pieces, openaiOutbound.openStream())
const last = (parts: readonly StreamPart[]) => parts.at(-1)?.kind

test('there are recorded answers', { skip }, () => assert.ok(files.length >= 25))

for (const { name, text } of files.filter((file) => isChat(file.name) && file.name.endsWith('.json'))) {
  test(`${name} is read`, () => {
    const body = parseJson(text)
    if (isRecord(body) && body['error']) {
      seen.errors += 1
      const fault = openaiOutbound.readFault({ status: 400, headers: {}, body: text })
      assert.equal(fault.code, 'invalid_request')
      assert.ok(fault.param)
      return
    }
    seen.whole += 1
    const reply = openaiOutbound.readReply(body)
    assert.ok(reply.ok)
    for (const odd of reply.value.unsupported) unsupported.push(`${name}: ${odd}`)
    const [choice] = reply.value.choices
    assert.ok(choice && (choice.content.length > 0 || choice.toolCalls.length > 0))
    assert.ok(reply.value.usage && reply.value.usage.output > 0)
  })
}

for (const { name, text } of files.filter((file) => file.name.endsWith('.chunks.txt'))) {
  const events = frame(text, { terminator: '[DONE]' })
  const bytes = Buffer.from(events.join(''))
  const isDamaged = /\/(?:duplicate|spliced)-/.test(name)

  test(`${name} is read whole and byte by byte`, () => {
    seen.streams += 1
    const whole = read([bytes])
    assert.equal(last(whole), isDamaged ? 'broken' : 'end')
    assert.deepEqual(read(singly(bytes)), whole)
    if (isDamaged) return
    const spoken = whole.filter((part) => part.kind === 'text' || part.kind === 'tool_call')
    assert.ok(spoken.length > 0)
    assert.equal(whole.filter((part) => part.kind === 'finish').length, 1)
    for (const part of whole) if (part.kind === 'unsupported') unsupported.push(`${name}: ${part.name}`)
  })

  test(`${name} is the same wherever it is split`, () => {
    if (bytes.length > smallBytes) return
    const whole = read([bytes])
    for (const at of cutPoints(events)) {
      assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), whole, `split at ${at}`)
    }
  })

  test(`${name} never ends well when cut before its finish`, () => {
    const finishAt = bytes.indexOf(finishEvent(events))
    assert.ok(finishAt > 0)
    const finishEnd = finishAt + Buffer.byteLength(finishEvent(events).trimEnd())
    const step = bytes.length > 120_000 ? 7 : 1
    for (const [nth, at] of cutPoints(events).entries()) {
      if (at < finishAt - 2_000 && nth % step !== 0) continue
      const parts = read([bytes.subarray(0, at)])
      const kind = last(parts)
      assert.ok(kind === 'end' || kind === 'broken', `cut at ${at}`)
      if (at < finishEnd) assert.equal(kind, 'broken', `cut at ${at}`)
    }
  })
}

/** The event that states the finish reason. */
function finishEvent(events: readonly string[]): string {
  return events.find((event) => /"finish_reason":\s*"/.test(event)) ?? ''
}

after(() => {
  console.log(`openai dialect: ${JSON.stringify(seen)}; unsupported: ${unsupported.join(', ') || 'none'}`)
})
